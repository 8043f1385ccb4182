/** Tags as AWS keeps them with a resource. */
export type Tags = Readonly<Record<string, string>>;

export interface NetworkInterface {
  id: string;
  vpcId: string;
  description: string;
  /** Its user: an instance or a service of AWS; undefined when it was left behind. */
  usedBy?: { instanceId?: string };
  interfaceType?: string;
  groupIds?: readonly string[];
}
export interface SecurityGroup {
  id: string;
  name: string;
  vpcId: string;
  tags: Tags;
}
export interface LogGroup {
  name: string;
  storedBytes: number;
}
export interface DbInstance {
  name: string;
  /** What each look at it says, in turn; the last one stays. */
  states: string[];
  /** The newest moment that it can be brought back to. */
  restorable?: Date;
}
export interface DbSnapshot {
  name: string;
  database: string;
  sizeGb: number;
  type: "manual" | "automated";
}
export interface AutomatedBackup {
  resourceId: string;
  database: string;
  status: "active" | "retained";
}
export interface CacheSnapshot {
  name: string;
  replicationGroup: string;
  source: "manual" | "automated";
}
export interface Vault {
  name: string;
  recoveryPoints: readonly { arn: string; created: Date }[];
}

/**
 * What an account holds besides what the other services of the stand-in keep: put here by a test,
 * taken away by calls. It ends with the process.
 */
export class Inventory {
  vpcs: { id: string; tags: Tags }[] = [];
  networkInterfaces: NetworkInterface[] = [];
  securityGroups: SecurityGroup[] = [];
  instances: { id: string; state: string }[] = [];
  natGateways: { id: string; state: string }[] = [];
  logGroups: LogGroup[] = [];
  dbInstances: DbInstance[] = [];
  dbSnapshots: DbSnapshot[] = [];
  automatedBackups: AutomatedBackup[] = [];
  cacheSnapshots: CacheSnapshot[] = [];
  vaults: Vault[] = [];
  /** What the tagging API lists. `listings`: how many answers more; without a number, for good. */
  tagged: { arn: string; tags: Tags; listings?: number }[] = [];
}
