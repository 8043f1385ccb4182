import { type Statement, statementsOf } from "./statements.ts";

/** A resource of a plan, as the preview, a test or the engine knows it. */
export interface ResourceData {
  urn: string;
  /** Type token, such as `aws:rds/instance:Instance`. */
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  /** URNs that its properties come from. Without any in a whole plan, rules about relations are unknown. */
  dependencies?: readonly string[];
  /** Names of inputs whose changes Pulumi leaves alone. */
  ignoreChanges?: readonly string[];
}

/** Replaces a value that is unknown before deployment. */
export const unknownMark = "[unknown]";
/** Replaces a secret in a plan. */
const secretMark = "[secret]";

/** Thrown by reading a value that is not known before deployment. */
export class UnknownValue extends Error {
  override readonly name = "UnknownValue";
  readonly path: string;
  constructor(path: string) {
    super(`${path} is not known before deployment`);
    this.path = path;
  }
}

export type Properties = Record<string, unknown>;

const isProperties = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A resource under a rule's eye: reads its properties by path, and says so when a value cannot be known yet. */
export class Resource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly inputs: Properties;
  readonly dependencies: readonly string[];
  readonly ignoreChanges: readonly string[];

  constructor(resource: ResourceData) {
    this.urn = resource.urn;
    this.type = resource.type;
    this.name = resource.name;
    this.inputs = resource.inputs;
    this.dependencies = resource.dependencies ?? [];
    this.ignoreChanges = resource.ignoreChanges ?? [];
  }

  /** The value at `a.b.c`. @throws UnknownValue when it, or what it is in, is unknown. */
  get(path: string): unknown {
    return valueAt(this.inputs, path);
  }

  /** Whether a value exists, or will: a reference to a future resource counts. */
  has(path: string): boolean {
    try {
      const value = this.get(path);
      return value !== undefined && value !== null && value !== "";
    } catch (error) {
      if (error instanceof UnknownValue) return true;
      throw error;
    }
  }

  text(path: string): string | undefined {
    const value = this.get(path);
    return value === undefined || value === null ? undefined : String(value);
  }

  number(path: string): number | undefined {
    const value = this.get(path);
    return value === undefined || value === null ? undefined : Number(value);
  }

  isTrue(path: string): boolean {
    return this.text(path) === "true";
  }

  /** A list of any values; an absent value is an empty list, a single value a list of one. */
  list(path: string): unknown[] {
    const value = this.get(path);
    if (value === undefined || value === null) return [];
    return Array.isArray(value) ? value : [value];
  }

  texts(path: string): string[] {
    return this.list(path)
      .map((item) => known(item, path))
      .map(String);
  }

  /** A list of objects. */
  blocks(path: string): Properties[] {
    return this.list(path)
      .map((item) => known(item, path))
      .filter(isProperties);
  }

  /** An object whose keys may hold dots, such as labels. */
  map(path: string): Properties {
    const value = this.get(path);
    return isProperties(value) ? value : {};
  }

  /** The statements of an IAM policy. */
  statements(path: string): Statement[] {
    const value = this.get(path);
    if (value === secretMark) throw new UnknownValue(path);
    return statementsOf(value);
  }
}

/** The value at `a.b.c` of plain data. @throws UnknownValue when it, or what it is in, is unknown. */
export function valueAt(properties: Properties, path: string): unknown {
  let value: unknown = properties;
  for (const key of path.split(".")) {
    if (!isProperties(value)) return undefined;
    value = known(value[key], path);
  }
  return value;
}

function known(value: unknown, path: string): unknown {
  if (value === unknownMark) throw new UnknownValue(path);
  return value;
}
