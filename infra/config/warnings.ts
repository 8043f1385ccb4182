import * as pulumi from "@pulumi/pulumi";
import { rangesOverlap } from "../lib/cidr.ts";
import { dockerRange } from "./address-ranges.ts";
import { listed, type Problem, problemOf, type WrongSetting } from "./errors.ts";
import type { StackEnvironment } from "./load.ts";

/** What is allowed, and is a mistake unless somebody means it. */
export function warningsOf(environment: StackEnvironment): Problem[] {
  const { name, network, cluster, edge, kubeconfig } = environment;
  const warnings: (WrongSetting | false)[] = [
    rangesOverlap(network.cidr, dockerRange) && {
      path: "network.cidr",
      problem: `${network.cidr}, which Docker uses on every machine that has it (${dockerRange}): such a machine reaches nothing in this VPC, by peering, VPN or otherwise`,
      value: "10.20.0.0/16",
    },
    kubeconfig === undefined &&
      cluster.adminRoleArns.length === 0 && {
        path: "cluster.adminRoleArns[0]",
        problem:
          "missing: the cluster lets in cluster.deployRoleArn alone, and no person who has to look into it",
        value: "arn:aws:iam::111122223333:role/admin",
      },
    edge.domain === undefined && {
      path: "edge.domain",
      problem:
        "missing: the API is served by plain HTTP, for everybody on the way to read; good for a first look, never for real data",
      value: "api.example.com",
    },
  ];
  return warnings.filter((warning) => warning !== false).map((warning) => problemOf(name, warning));
}

/** Tells all warnings at once, as the engine shows warnings; a plan made without the engine shows them at its end. */
export function warn(environment: StackEnvironment): void {
  const warnings = warningsOf(environment);
  if (warnings.length === 0) return;
  const count = warnings.length === 1 ? "1 warning" : `${warnings.length} warnings`;
  const heading = `The configuration of "${environment.name}" has ${count}:`;
  void pulumi.log.warn([heading, "", ...listed(warnings)].join("\n"));
}
