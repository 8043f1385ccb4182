import type { Resource } from "./resource.ts";
import type { ResourceGraph } from "./resource-graph.ts";

/** Severity of a violation: what it would allow. */
type Severity = "low" | "medium" | "high" | "critical";

/** One guardrail. */
export interface Rule {
  /** Kebab-case, unique: what an exception and a finding name it by. */
  id: string;
  /** What holds, in one sentence. */
  title: string;
  severity: Severity;
  /** Published controls that it covers: AWS FSBP (`RDS.3`), CIS EKS 1.8 (`CIS-EKS 5.3.1`), Checkov (`CKV_AWS_16`). */
  controls: readonly string[];
  /** Type tokens that it checks; one that ends in `*` matches that prefix. */
  types: readonly string[];
  /** It looks at other resources too, so it can only be asked once the plan is whole. */
  across?: true;
  /** What to change, said to the person who made the resource. */
  fix: string;
  /**
   * The resource's fault, as the end of a sentence that begins with its name; undefined if it has none.
   * Reading a value that is unknown before deployment ends the check: the finding then says "unknown".
   */
  check(resource: Resource, graph: ResourceGraph): string | undefined;
}

/** A rule that one or some resources may break, for a written reason and a limited time. */
export interface Exception {
  rule: string;
  /** Name of the resource; `*` matches any characters. */
  resource: string;
  /** Environments in which it holds; `*` matches any characters. */
  environments: readonly string[];
  /** Type token: the exception does not hold if the plan has such a resource, which fulfils the rule. Default: absent. */
  unless?: string;
  reason: string;
  /** Last day on which it holds, YYYY-MM-DD: then a person must review it. */
  expires: string;
}

/**
 * A violation must be fixed. excepted: allowed for now. unknown: undecidable before deployment. notice: worth knowing,
 * such as an unused exception.
 */
type Status = "violation" | "excepted" | "unknown" | "notice";

export interface Finding {
  rule: string;
  severity: Severity;
  status: Status;
  /** The resource, where there is one. */
  urn?: string;
  type?: string;
  name: string;
  /** What is wrong. */
  message: string;
  /** What to change. */
  fix: string;
  exception?: { reason: string; expires: string };
}
