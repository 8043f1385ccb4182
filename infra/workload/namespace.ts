import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { namespace, sharedLabels } from "../lib/kubernetes-names.ts";

const levels = ["enforce", "audit", "warn"] as const;

/** The namespace: pods that are not `restricted` are refused, and ready means that the load balancer has found them healthy. */
export function makeNamespace(
  name: string,
  _args: Record<string, never>,
  opts: pulumi.CustomResourceOptions,
): kubernetes.core.v1.Namespace {
  const podSecurity = levels.flatMap((level) => [
    [`pod-security.kubernetes.io/${level}`, "restricted"],
    [`pod-security.kubernetes.io/${level}-version`, "latest"],
  ]);
  return new kubernetes.core.v1.Namespace(
    name,
    {
      metadata: {
        name: namespace,
        labels: {
          ...sharedLabels,
          ...Object.fromEntries(podSecurity),
          // Auto Mode adds a readiness gate to pods behind a load balancer: a rollout goes on only when the new pod really
          // gets requests, and so drops none.
          "eks.amazonaws.com/pod-readiness-gate-inject": "enabled",
        },
      },
    },
    opts,
  );
}
