import { type RotatedPurpose, type SecretPurpose, secretsReadBy } from "../../../app/contract/secrets.ts";
import type { Log } from "../shared/log.ts";
import type { MetricFigures } from "../shared/metrics.ts";
import { impaired, type Limits, overdue, type SecretLife, unused } from "./judgement.ts";

/** The metrics that the audit writes; alarms watch them. */
export const auditMetrics = { overdue: "SecretsOverdue", unused: "SecretsUnused" } as const;

/** What the audit checks: the secrets that this stack rotates, and the master user's, which RDS rotates. */
export type Audited = RotatedPurpose | "db-master";

/** What was found: names of secrets, by trouble. */
export interface AuditSummary {
  checked: number;
  overdue: Audited[];
  unused: Audited[];
}

/**
 * Secrets whose fetches it watches: those that the API reads at its start and every few minutes after. The others can rightly
 * rest for months, until a deployment migrates, or a person runs a report.
 */
const readDaily: ReadonlySet<SecretPurpose | Audited> = new Set(secretsReadBy("api"));

/**
 * Checks every secret and reports overdue and unused ones: by name in the log, by number in the metrics.
 * @param describe asks Secrets Manager; a secret that it cannot describe fails the audit, which has its own alarm.
 */
export const auditSecrets = async (
  purposes: readonly Audited[],
  describe: (purpose: Audited) => Promise<SecretLife>,
  limits: Limits,
  { log, measure, now }: { log: Log; measure: (figures: MetricFigures) => void; now: Date },
): Promise<AuditSummary> => {
  const summary: AuditSummary = { checked: 0, overdue: [], unused: [] };
  for (const purpose of purposes) {
    const life = await describe(purpose);
    const troubles = {
      overdue: purpose === "db-master" ? impaired(life, now) : overdue(life, limits, now),
      unused: readDaily.has(purpose) ? unused(life, limits, now) : undefined,
    };
    for (const trouble of ["overdue", "unused"] as const) {
      const detail = troubles[trouble];
      if (detail === undefined) continue;
      summary[trouble].push(purpose);
      log.error(`secret ${trouble}`, { purpose, reason: trouble, detail });
    }
    summary.checked += 1;
  }
  measure({
    [auditMetrics.overdue]: summary.overdue.length,
    [auditMetrics.unused]: summary.unused.length,
  });
  log.info("secrets audited", { count: summary.checked, outcome: outcomeOf(summary) });
  return summary;
};

const outcomeOf = (summary: AuditSummary): string =>
  `overdue: ${summary.overdue.join(", ") || "none"}; unused: ${summary.unused.join(", ") || "none"}`;
