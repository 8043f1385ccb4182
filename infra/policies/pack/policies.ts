import type {
  Policies,
  PolicyResource,
  ReportViolation,
  ResourceValidationArgs,
  StackValidationArgs,
} from "@pulumi/policy";
import { evaluate } from "../evaluate.ts";
import { type ResourceData, unknownMark } from "../resource.ts";
import { rules } from "../rules.ts";
import type { Finding, Rule } from "../types.ts";

/**
 * The rules in the engine's form: one policy each. The engine runs a rule about a single resource at its registration, before
 * the change, and one about relations when it knows all.
 */
export const policies: Policies = rules.map((rule) => ({
  name: rule.id,
  description: rule.controls.length > 0 ? `${rule.title} (${rule.controls.join(", ")}).` : `${rule.title}.`,
  severity: rule.severity,
  ...(rule.across ? { validateStack: overStack(rule) } : { validateResource: overResource(rule) }),
}));

/**
 * The registered inputs of each resource, by URN. The stack policy gets outputs instead, and before a cluster exists those of
 * Kubernetes objects are empty: the engine does not call a provider with unknown configuration.
 * https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/go/common/resource/plugin/provider_plugin.go (Create)
 */
const registered = new Map<string, Record<string, unknown>>();

function overResource(rule: Rule) {
  return (given: ResourceValidationArgs, report: ReportViolation): void => {
    const resource = { urn: given.urn, type: given.type, name: given.name, inputs: plain(given.props) };
    registered.set(resource.urn, resource.inputs);
    tell(judged(rule, [resource]), report);
  };
}

function overStack(rule: Rule) {
  return ({ resources }: StackValidationArgs, report: ReportViolation): void =>
    tell(judged(rule, resources.map(planned)), report);
}

function planned({ urn, type, name, props, dependencies, opts }: PolicyResource): ResourceData {
  const told = plain(props);
  const inputs = Object.keys(told).length > 0 ? told : (registered.get(urn) ?? told);
  return {
    urn,
    type,
    name,
    inputs,
    dependencies: dependencies.map((dependency) => dependency.urn),
    ignoreChanges: opts.ignoreChanges,
  };
}

/** What a rule finds. The exceptions themselves are judged by the tests, where all resources are in sight. */
function judged(rule: Rule, resources: readonly ResourceData[]): Finding[] {
  const circumstances = { stack: stackOf(resources), today: new Date().toISOString().slice(0, 10) };
  return evaluate(resources, circumstances, { rules: [rule] }).filter(({ urn }) => urn !== undefined);
}

/** Violations only: an unknown is asked about again by `pulumi up`, when the value is known. */
function tell(findings: readonly Finding[], report: ReportViolation): void {
  for (const { status, message, fix, urn } of findings) {
    if (status === "violation") report(`${message}. ${fix}`, urn);
  }
}

/** The environment, from `urn:pulumi:<stack>::<project>::…`. */
const stackOf = ([first]: readonly ResourceData[]): string => first?.urn.split(":")[2] ?? "";

/** Properties as plain data: Pulumi guards values that are not known yet by throwing when they are read. */
function plain(given: object): Record<string, unknown> {
  return Object.fromEntries(Object.keys(given).map((key) => [key, copied(readable(given, key))]));
}

function readable(given: object, key: string): unknown {
  try {
    return Reflect.get(given, key);
  } catch {
    return unknownMark;
  }
}

function copied(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const copy = plain(value);
  return Array.isArray(value) ? Object.values(copy) : copy;
}
