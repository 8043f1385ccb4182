import { dirname } from "node:path";
import { CommandError } from "../../cli/errors.ts";
import type { Container } from "./pod-spec.ts";

/** The part of a process's environment that replaces the network. */
export interface Outside {
  /** Where AWS answers. */
  awsEndpoint: string;
  /** The authority that signed every server's certificate. */
  caFile: string;
}

/** What Kubernetes knows of a pod. */
export interface PodFacts {
  name: string;
  namespace: string;
  uid: string;
  ip: string;
  node: string;
  serviceAccount: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
}

/** The variables of a container, the Downward API's among them (https://kubernetes.io/docs/concepts/workloads/pods/downward-api/). */
export const containerEnvironment = (container: Container, facts: PodFacts): Record<string, string> =>
  Object.fromEntries(
    container.env.map((variable) => [
      variable.name,
      "valueFrom" in variable ? field(variable.valueFrom.fieldRef.fieldPath, facts) : variable.value,
    ]),
  );

/**
 * The little that a process gets besides: credentials that name who it is to the AWS stand-in (a pod's or function's role
 * gives it such), where AWS is, and what a process cannot run without. Nothing of the person's own environment.
 */
export const outsideEnvironment = (
  outside: Outside,
  identity: string,
  home: string,
): Record<string, string> => ({
  AWS_ENDPOINT_URL: outside.awsEndpoint,
  AWS_ACCESS_KEY_ID: identity,
  AWS_SECRET_ACCESS_KEY: "sandbox",
  NODE_EXTRA_CA_CERTS: outside.caFile,
  PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
  HOME: home,
});

const field = (path: string, facts: PodFacts): string => {
  const keyed = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (keyed) return (keyed[1] === "labels" ? facts.labels : facts.annotations)[keyed[2] ?? ""] ?? "";
  const value = fields[path]?.(facts);
  if (value === undefined) throw new CommandError(`a pod's field "${path}" is not known to the sandbox`);
  return value;
};

const fields: Readonly<Record<string, (facts: PodFacts) => string>> = {
  "metadata.name": ({ name }) => name,
  "metadata.namespace": ({ namespace }) => namespace,
  "metadata.uid": ({ uid }) => uid,
  "spec.nodeName": ({ node }) => node,
  "spec.serviceAccountName": ({ serviceAccount }) => serviceAccount,
  "status.podIP": ({ ip }) => ip,
  "status.podIPs": ({ ip }) => ip,
  "status.hostIP": () => "127.0.0.1",
};
