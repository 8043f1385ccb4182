import type { PlanFile } from "./plan.ts";

interface Deferring {
  properties: readonly string[];
  /** What makes them at once. */
  otherwise: string;
}

/** By type, what AWS changes in the maintenance window unless `applyImmediately` is set. */
const deferring: Readonly<Record<string, Deferring>> = {
  // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html, and for storage "Settings for DB
  // instances", https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html
  "aws:rds/instance:Instance": {
    properties: [
      ...["allocatedStorage", "dbSubnetGroupName", "engineVersion", "instanceClass", "iops", "multiAz"],
      ...["optionGroupName", "storageThroughput", "storageType"],
    ],
    otherwise: "database.applyImmediately",
  },
  // "changes to the nodes", also made when a node is replaced after a failure:
  // https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyReplicationGroup.html
  "aws:elasticache/replicationGroup:ReplicationGroup": {
    properties: ["engine", "engineVersion", "nodeType", "parameterGroupName"],
    otherwise: "modify-replication-group --apply-immediately",
  },
};

/** When a changed property takes effect, if not with the deployment. */
export function waitsUntil(
  { type, inputs }: PlanFile["resources"][number],
  path: string,
): string | undefined {
  const known = deferring[type];
  if (known === undefined || !known.properties.includes(path) || inputs.applyImmediately === true)
    return undefined;
  return `in the next maintenance window, ${String(inputs.maintenanceWindow)} UTC; at once with ${known.otherwise}`;
}
