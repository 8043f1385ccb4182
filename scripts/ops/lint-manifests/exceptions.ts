/** A finding that stays, and why. */
export interface Exception {
  /** The linter's own name for the rule. */
  rule: string;
  /** `Kind name`, `*` standing for any text. */
  object: string;
  reason: string;
}

const lowUser =
  "Auto Mode's nodes have no users of their own and nothing of theirs is mounted, so 1001 is nobody else (infra/lib/kubernetes-names.ts).";
const byDigest =
  "A digest is always the same image: asking again finds nothing new, and a restart would need the registry (infra/workload/pod-security.ts).";

/** Accepted problems of the linters. The code that decides each also gives the reason. */
const exceptions: readonly Exception[] = [
  { rule: "container-security-context-user-group-id", object: "* *", reason: lowUser },
  { rule: "CKV_K8S_40", object: "* *", reason: lowUser },
  { rule: "container-image-pull-policy", object: "* *", reason: byDigest },
  { rule: "CKV_K8S_15", object: "* *", reason: byDigest },
  {
    rule: "deployment-targeted-by-hpa-does-not-have-replicas-configured",
    object: "Deployment api",
    reason:
      "The number is that of the first rollout alone: afterwards Pulumi leaves it to the autoscaler (ignoreChanges, infra/workload/deployment.ts).",
  },
];

/** The exception that a finding falls under. */
export const exceptionFor = (finding: { rule: string; object: string }): Exception | undefined =>
  exceptions.find(({ rule, object }) => rule === finding.rule && fits(object, finding.object));

const fits = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.replaceAll(/[^\w\s*]/g, "\\$&").replaceAll("*", ".*")}$`).test(text);
