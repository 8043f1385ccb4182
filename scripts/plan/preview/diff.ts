import type { PlanFile } from "./plan.ts";
import { replaces } from "./replacement.ts";

type Planned = PlanFile["resources"][number];

/** One property of a resource (or one output) that is different: `undefined` on the side where it is absent. */
export interface PropertyChange {
  /** `rules[0].schedule`. */
  path: string;
  before: unknown;
  after: unknown;
}

export interface ResourceChange {
  resource: Planned;
  properties: PropertyChange[];
  /** Whether a new one takes its place, since a property cannot be changed in place. */
  replaced: boolean;
}

/** What lies between two plans. */
export interface Changes {
  added: Planned[];
  removed: Planned[];
  changed: ResourceChange[];
  outputs: PropertyChange[];
}

/** Compares two plans. Resources are the same when their URN is: a renamed one is removed and added. */
export function compare(before: PlanFile, after: PlanFile): Changes {
  const old = new Map(before.resources.map((resource) => [resource.urn, resource]));
  const now = new Map(after.resources.map((resource) => [resource.urn, resource]));
  return {
    added: after.resources.filter(({ urn }) => !old.has(urn)),
    removed: before.resources.filter(({ urn }) => !now.has(urn)),
    changed: after.resources.flatMap((resource) => {
      const properties = differences(old.get(resource.urn)?.inputs ?? resource.inputs, resource.inputs);
      const replaced = properties.some((property) => replaces(resource, property));
      return properties.length > 0 ? [{ resource, properties, replaced }] : [];
    }),
    outputs: differences(before.outputs, after.outputs),
  };
}

export const isEmpty = ({ added, removed, changed, outputs }: Changes): boolean =>
  added.length + removed.length + changed.length + outputs.length === 0;

/** Differences down to the smallest value; JSON texts (policies, dashboards) are compared by what they say. */
export function differences(before: unknown, after: unknown, path = ""): PropertyChange[] {
  const [one, other] = [opened(before), opened(after)];
  if (Object.is(one, other)) return [];
  if (Array.isArray(one) && Array.isArray(other)) {
    const length = Math.max(one.length, other.length);
    return Array.from({ length }, (_, index) =>
      differences(one[index], other[index], `${path}[${index}]`),
    ).flat();
  }
  if (isMap(one) && isMap(other)) {
    const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
    return keys.flatMap((key) => differences(one[key], other[key], path === "" ? key : `${path}.${key}`));
  }
  return [{ path, before: one, after: other }];
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function opened(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
