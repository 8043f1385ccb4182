import type { Rule } from "../rule.ts";

/** What production must have (S1) against outages and unnoticed faults. */
export const staysUp: Rule = ({ database, cache, schedule, alarms }) => [
  !database.multiAz && {
    path: "database.multiAz",
    problem: "false: production's database must survive the loss of a zone",
    value: true,
  },
  !cache.multiAz && {
    path: "cache.multiAz",
    problem: "false: production's cache must survive the loss of a zone",
    value: true,
  },
  ...(["onHours", "expires"] as const).map(
    (key) =>
      schedule?.[key] !== undefined && {
        path: `schedule.${key}`,
        problem: "given: production has no off hours, and lives until somebody decides otherwise",
      },
  ),
  ...(["page", "security"] as const).map(
    (topic) =>
      alarms[topic].length === 0 && {
        path: `alarms.${topic}[0]`,
        problem: "missing: in production somebody must be told",
        value: "on-call@example.com",
      },
  ),
];

/** What production must have (S1) against losing data or the means to restore it. */
export const keepsData: Rule = ({ database, cache, backup, secrets, cluster, edge }) => [
  ...Object.entries({ database, cluster, edge }).map(
    ([section, { deletionProtection }]) =>
      !deletionProtection && {
        path: `${section}.deletionProtection`,
        problem: "false: in production nothing may be deleted by one command",
        value: true,
      },
  ),
  database.backupRetentionDays < 35 && {
    path: "database.backupRetentionDays",
    problem: `${database.backupRetentionDays}: production keeps 35 days of point-in-time recovery`,
    value: 35,
  },
  !database.finalSnapshot && {
    path: "database.finalSnapshot",
    problem: "false: production's database leaves a snapshot behind when it goes",
    value: true,
  },
  cache.snapshotRetentionDays < 1 && {
    path: "cache.snapshotRetentionDays",
    problem: "0: production's queue of reminders is in the cache and must be restorable",
    value: 7,
  },
  !backup.vaultLock && {
    path: "backup.vaultLock",
    problem: "false: in production a stolen credential must not be able to delete the backups",
    value: true,
  },
  secrets.recoveryWindowDays === 0 && {
    path: "secrets.recoveryWindowDays",
    problem: "0: in production a deleted secret must be recoverable",
    value: 30,
  },
];
