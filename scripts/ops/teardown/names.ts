import * as z from "zod";
import type { PlannedResource } from "../../plan/monitor/index.ts";

/** A backup vault, which may be in another region than the stack. */
interface VaultName {
  name: string;
  region: string;
}

/** The names that the program gives in AWS: they find leftovers, even without a state. */
export interface Names {
  cluster: string | undefined;
  databases: string[];
  caches: string[];
  secrets: string[];
  logGroups: string[];
  vaults: VaultName[];
}

const text = z.string();

/**
 * Reads the names out of a plan of the program. Exact names, never prefixes: those of "staging" are a prefix of those of
 * "staging-2".
 */
export function namesOf(resources: readonly PlannedResource[], region: string): Names {
  const given = (type: string, property: string): string[] =>
    resources
      .filter((resource) => resource.type === type)
      .map(({ inputs }) => text.safeParse(inputs[property]).data)
      .filter((name) => name !== undefined);
  return {
    cluster: given("aws:eks/cluster:Cluster", "name")[0],
    databases: given("aws:rds/instance:Instance", "identifier"),
    caches: given("aws:elasticache/replicationGroup:ReplicationGroup", "replicationGroupId"),
    secrets: given("aws:secretsmanager/secret:Secret", "name"),
    logGroups: given("aws:cloudwatch/logGroup:LogGroup", "name"),
    vaults: resources
      .filter(({ type }) => type === "aws:backup/vault:Vault")
      .map(({ inputs }) => ({
        name: text.parse(inputs.name),
        region: text.safeParse(inputs.region).data ?? region,
      })),
  };
}
