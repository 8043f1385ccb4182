import type { Resource } from "./resource.ts";
import type { ResourceGraph } from "./resource-graph.ts";

/** How bad a violation is: what it would let happen. */
export type Severity = "low" | "medium" | "high" | "critical";

/** One guardrail. */
export interface Rule {
  /** Kebab-case, unique: what an exception and a finding name it by. */
  id: string;
  /** What holds, in one sentence. */
  title: string;
  severity: Severity;
  /** Published controls that it covers: AWS FSBP (`RDS.3`), CIS EKS 1.8 (`CIS-EKS 5.3.1`), Checkov (`CKV_AWS_16`). */
  controls: readonly string[];
  /** Type tokens that it looks at; one that ends in `*` stands for all that begin so. */
  types: readonly string[];
  /** It looks at other resources too, so it can only be asked once the plan is whole. */
  across?: true;
  /** What to change, said to the person who made the resource. */
  mend: string;
  /**
   * What is wrong with the resource, as the end of a sentence that begins with its name; undefined when nothing is.
   * Reading a value that is not known before deployment ends the check: the finding then says "unknown".
   */
  check(resource: Resource, graph: ResourceGraph): string | undefined;
}

/** A rule that one or some resources may break, for a written reason and a limited time. */
export interface Exception {
  rule: string;
  /** Name of the resource; `*` stands for any characters. */
  resource: string;
  /** Environments in which it holds; `*` stands for any characters. */
  environments: readonly string[];
  /** Type token: the exception does not hold where the plan has such a resource, since the rule is kept there. Default: none. */
  unless?: string;
  reason: string;
  /** Last day on which it holds, YYYY-MM-DD: then somebody has to think about it again. */
  expires: string;
}

/**
 * violation: must be mended. excepted: allowed for now. unknown: cannot be told before deployment. notice: worth knowing,
 * such as an exception that nothing needs.
 */
export type Status = "violation" | "excepted" | "unknown" | "notice";

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
  mend: string;
  exception?: { reason: string; expires: string };
}
