import type { logEvents } from "../../app/contract/log-events.ts";

/** Events of the API that alarms count: each has a filter in the plan, and a line that the real API wrote. */
export const signals = [
  "loginFailed",
  "rateLimited",
  "secretRefreshFailed",
  "secretRefused",
  "started",
  "vitalSigns",
] as const satisfies readonly (keyof typeof logEvents)[];

/** The event that the worker writes. */
export const workerSignal = "queueSigns" as const satisfies keyof typeof logEvents;

/** Of MySQL's slow-query log, whose entries have one line `# Query_time: 1.000295  Lock_time: …`. */
export const slowQueryPattern = '"Query_time"';
