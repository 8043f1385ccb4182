import { exceptions as allExceptions } from "./exceptions.ts";
import { type Resource, type ResourceData, UnknownValue } from "./resource.ts";
import { type Circumstances, matches, ResourceGraph } from "./resource-graph.ts";
import { rules as allRules } from "./rules.ts";
import type { Exception, Finding, Rule } from "./types.ts";

export interface Judgement {
  rules?: readonly Rule[];
  exceptions?: readonly Exception[];
}

/**
 * Checks every resource of a plan against every rule. It sorts the findings by severity, worst first. A plan without a
 * `violation` is fit for deployment.
 */
export function evaluate(
  resources: readonly ResourceData[],
  circumstances: Circumstances,
  { rules = allRules, exceptions = allExceptions }: Judgement = {},
): Finding[] {
  const graph = new ResourceGraph(resources, circumstances);
  const here = exceptions
    .filter(({ environments }) => environments.some((name) => fits(name, graph.stack)))
    .filter(({ unless }) => unless === undefined || graph.ofType(unless).length === 0);
  const used = new Set<Exception>();
  const findings = rules.flatMap((rule) =>
    graph.resources
      .filter(({ type }) => matches(type, rule.types))
      .map((resource) => judge(rule, resource, graph))
      .filter((finding) => finding !== undefined)
      .map((finding) => withException(finding, here, graph.today, used)),
  );
  return [...findings, ...here.flatMap((exception) => judgeException(exception, graph.today, used))].sort(
    bySeverity,
  );
}

/** Whether anything must be fixed before deployment. */
export const isBlocking = ({ status }: Finding): boolean => status === "violation";

/** What one rule says of one resource; undefined when all is well. */
function judge(rule: Rule, resource: Resource, graph: ResourceGraph): Finding | undefined {
  const about = {
    rule: rule.id,
    severity: rule.severity,
    urn: resource.urn,
    type: resource.type,
    name: resource.name,
    fix: rule.fix,
  };
  try {
    const problem = rule.check(resource, graph);
    return problem === undefined
      ? undefined
      : { ...about, status: "violation", message: `${resource.name} ${problem}` };
  } catch (error) {
    if (!(error instanceof UnknownValue)) throw brokenRule(rule, resource, error);
    return { ...about, status: "unknown", message: `${resource.name}: ${error.message}` };
  }
}

/** The exception that lets a violation pass, if there is one in force. */
function exceptionFor(
  finding: Pick<Finding, "rule" | "name">,
  exceptions: readonly Exception[],
): Exception | undefined {
  return exceptions.find(({ rule, resource }) => rule === finding.rule && fits(resource, finding.name));
}

function withException(
  finding: Finding,
  exceptions: readonly Exception[],
  today: string,
  used: Set<Exception>,
): Finding {
  const found = exceptionFor(finding, exceptions);
  if (found === undefined) return finding;
  used.add(found);
  if (finding.status !== "violation" || found.expires < today) return finding;
  return { ...finding, status: "excepted", exception: { reason: found.reason, expires: found.expires } };
}

function judgeException(exception: Exception, today: string, used: ReadonlySet<Exception>): Finding[] {
  const { rule, resource, expires, reason } = exception;
  const about = { name: resource, exception: { reason, expires } };
  if (expires < today) {
    return [
      {
        ...about,
        rule: "exception-expired",
        severity: "high",
        status: "violation",
        message: `the exception of ${resource} from ${rule} ran out on ${expires}`,
        fix: "Fix the resource and remove the exception from infra/policies/exceptions.ts, or write down there why it goes on.",
      },
    ];
  }
  if (used.has(exception)) return [];
  return [
    {
      ...about,
      rule: "exception-unused",
      severity: "low",
      status: "notice",
      message: `nothing here needs the exception of ${resource} from ${rule}`,
      fix: "Remove it from infra/policies/exceptions.ts, or the environment from its list.",
    },
  ];
}

const order = ["critical", "high", "medium", "low"];
const bySeverity = (one: Finding, other: Finding): number =>
  order.indexOf(one.severity) - order.indexOf(other.severity);

/** Whether `text` is what `pattern` says, `*` standing for any characters. */
export function fits(pattern: string, text: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}

function brokenRule(rule: Rule, { name, type }: Resource, error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error);
  return new Error(`Guardrail ${rule.id} could not read ${name} [${type}]: ${why}`, { cause: error });
}
