/**
 * Log lines that something outside the API acts on: CloudWatch metric filters match these fields.
 * A line carries `{ "type": …, "event": … }` beside pino's own fields.
 */
export const logEvents = {
  /** A sign-in that was refused, whatever the reason. */
  loginFailed: { type: "security", event: "login_failed" },
  /** A sign-in refused before its password was looked at, because too many failed; also logged as `loginFailed`. */
  loginLocked: { type: "security", event: "login_locked" },
  loginSucceeded: { type: "security", event: "login_succeeded" },
  /** A refresh token that was used before: it is in the hands of two. Its session has ended. */
  refreshReused: { type: "security", event: "refresh_reused" },
  /** A session ended before its time, with the reason. */
  sessionRevoked: { type: "security", event: "session_revoked" },
  /** A user has another password, by the old one or by an invitation. */
  passwordChanged: { type: "security", event: "password_changed" },
  /** A token or an API key that was not accepted, with the reason. */
  credentialRefused: { type: "security", event: "credential_refused" },
  /** A caller who is known wanted what the role or the key does not allow. */
  privilegeRefused: { type: "security", event: "privilege_refused" },
  /** A WebSocket was closed because its credential ended, with the reason. */
  liveEnded: { type: "security", event: "live_ended" },
  apiKeyCreated: { type: "security", event: "api_key_created" },
  apiKeyRevoked: { type: "security", event: "api_key_revoked" },
  /** A request answered with 429. */
  rateLimited: { type: "security", event: "rate_limited" },
  /** A secret could not be refreshed; the API goes on with the value it has. */
  secretRefreshFailed: { type: "operations", event: "secret_refresh_failed" },
  /** A server refuses the login in a secret, and there is no newer one: it was changed behind the stack's back. */
  secretRefused: { type: "operations", event: "secret_refused" },
  /** A process has begun to serve. */
  started: { type: "operations", event: "started" },
  /** Once a minute from each process: `VitalSigns`. */
  vitalSigns: { type: "operations", event: "vital_signs" },
  /** Once a minute from the worker, while Redis answers: `QueueSigns`. */
  queueSigns: { type: "operations", event: "queue_signs" },
} as const;
/** What alarms read in a line of vital signs. */
export interface VitalSigns {
  /** 1: the database does not answer this process. */
  databaseAway: 0 | 1;
  /** WebSockets that are open. */
  webSockets: number;
}

/** What alarms read of the worker's queues. */
export interface QueueSigns {
  /** Jobs of all queues that wait for the worker. */
  waiting: number;
}

export type LogEvent = (typeof logEvents)[keyof typeof logEvents];
