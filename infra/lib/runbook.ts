/** Procedures in docs/runbooks that an alarm or a notice can name, one file each. */
export type Runbook =
  | "service-down"
  | "slow-database"
  | "disk-full"
  | "failed-logins"
  | "rotation-failed"
  | "rate-limit"
  | "restore"
  | "off-hours"
  | "cache"
  | "certificate"
  | "cost"
  | "key-deletion"
  | "nat-ports"
  | "silence";

/** What went wrong, and the page that says what to do. */
export const withRunbook = (text: string, runbook: Runbook): string =>
  `${text} Runbook: docs/runbooks/${runbook}.md`;
