import { RunError } from "@pulumi/pulumi";

/**
 * What AWS has to report. An answer without it is not one to go on with.
 * @param what names it: `bulwark-staging-cluster: the security group of nodes and pods`
 * @throws RunError
 */
export function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new RunError(`AWS reports nothing for ${what}`);
  return value;
}
