import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ApiEnvInput, MigrationEnvInput, WorkerEnvInput } from "../../app/contract/env.ts";

/** A variable's value: text, or something that only the pod knows. */
type Value = pulumi.Input<string> | { fromPod: "status.podIP" };
/** The environment of a process: the names its own schema knows, what that demands demanded here too. */
type PodEnvironment<Schema> = {
  [Name in keyof Schema]: undefined extends Schema[Name] ? Value | undefined : Value;
};
export type ApiPodEnvironment = PodEnvironment<ApiEnvInput>;
export type WorkerPodEnvironment = PodEnvironment<WorkerEnvInput>;
export type MigrationPodEnvironment = PodEnvironment<MigrationEnvInput>;

/** As a container takes it: in the order of the names, so that no reordering of ours restarts a pod. */
export function containerEnvironment(
  environment: ApiPodEnvironment | MigrationPodEnvironment,
): types.input.core.v1.EnvVar[] {
  return Object.entries<Value | undefined>(environment)
    .filter((entry): entry is [string, Value] => entry[1] !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) =>
      isFromPod(value) ? { name, valueFrom: { fieldRef: { fieldPath: value.fromPod } } } : { name, value },
    );
}

const isFromPod = (value: Value): value is { fromPod: "status.podIP" } =>
  typeof value === "object" && "fromPod" in value;
