import type { PlannedResource } from "../monitor/index.ts";

type WithInputs = Pick<PlannedResource, "inputs">;

/** The value at a path such as `spec.template.spec.containers[].image`; `[]` goes into every item of a list. */
export function valueAt(value: unknown, path: string): unknown {
  return walk(value, path.split("."));
}

function walk(value: unknown, [step, ...rest]: string[]): unknown {
  if (step === undefined) return value;
  const inner = (value as Record<string, unknown> | null | undefined)?.[step.replace("[]", "")];
  if (!step.endsWith("[]")) return walk(inner, rest);
  return Array.isArray(inner) ? inner.map((item) => walk(item, rest)) : undefined;
}

/** Text at a path of a resource's inputs; undefined otherwise. */
export function textAt(resource: WithInputs | undefined, path: string): string | undefined {
  const value = valueAt(resource?.inputs, path);
  return typeof value === "string" ? value : undefined;
}

/** A number at a path, also one written as text. */
export function numberAt(resource: WithInputs | undefined, path: string): number | undefined {
  const value = valueAt(resource?.inputs, path);
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

export const flagAt = (resource: WithInputs | undefined, path: string): boolean =>
  valueAt(resource?.inputs, path) === true;

/** A list at a path; empty if absent. */
export function listAt(resource: WithInputs | undefined, path: string): unknown[] {
  const value = valueAt(resource?.inputs, path);
  return Array.isArray(value) ? value : [];
}
