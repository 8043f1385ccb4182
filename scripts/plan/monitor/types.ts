/** Where the program is (made to believe it is) deployed to. */
export interface StackIdentity {
  stack: string;
  project: string;
  region: string;
  accountId: string;
  partition: string;
}

/** A resource that the program asks to be made. */
export interface ResourceRequest {
  urn: string;
  /** Type token, such as `aws:rds/instance:Instance`. */
  type: string;
  name: string;
  /** Plain values: secrets in the clear, assets as `pulumi.asset` objects. */
  inputs: Record<string, unknown>;
  /** False for a component. */
  custom: boolean;
  /** URN of the component it belongs to. */
  parent?: string;
  /** Reference of its explicit provider, `urn::id`. */
  provider?: string;
  /** URNs of everything it waits for. */
  dependencies: readonly string[];
  /** Id of the existing resource, where the program reads or imports one. */
  id?: string;
  identity: StackIdentity;
}

/** What became of it: the id that AWS (or Kubernetes) would give, and its output properties. */
export interface ResourceResult {
  id?: string;
  state: Record<string, unknown>;
}

/** A question to a provider: a data source such as `aws:index/getCallerIdentity:getCallerIdentity`. */
export interface CallRequest {
  token: string;
  inputs: Record<string, unknown>;
  provider?: string;
  identity: StackIdentity;
}

/** One resource of the plan, fit to be shown: secrets are `[secret]`, unknowns `[unknown]`, code a short hash. */
export interface PlannedResource {
  urn: string;
  type: string;
  name: string;
  /** The created or made-up id; undefined for a component, and where it is unknown. */
  id?: string;
  inputs: Record<string, unknown>;
  /** URN of its parent; only the stack itself has none. */
  parent?: string;
  component: boolean;
  provider?: string;
  /** URNs of everything it waits for: what its properties come from, and what it names in `dependsOn`. */
  dependencies: readonly string[];
  /** Those of `dependencies` that no property explains: the program's `dependsOn`. */
  dependsOn: readonly string[];
  protect: boolean;
  retainOnDelete: boolean;
  ignoreChanges: readonly string[];
  replaceOnChanges: readonly string[];
  deleteBeforeReplace: boolean;
  aliases: readonly string[];
  additionalSecretOutputs: readonly string[];
  deletedWith?: string;
  /** Names of the hooks that the engine runs before it makes it. */
  beforeCreate?: readonly string[];
}

/** A whole run of the program. */
export interface ProgramRun {
  stack: string;
  project: string;
  identity: StackIdentity;
  /** In the order they were registered; the stack itself first. */
  resources: PlannedResource[];
  /** The program's outputs, secrets masked. */
  outputs: Record<string, unknown>;
  /** What it warned of (`pulumi.log.warn`). */
  warnings: string[];
}
