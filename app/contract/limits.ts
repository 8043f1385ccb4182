/** The windows of the limits: which variable says how long each is, its default and what it may be at least, seconds. */
export const limitWindows = {
  RATE_LIMIT_WINDOW_SECONDS: { seconds: 60, least: 1, of: "all limits without a window of their own" },
  RATE_LIMIT_SIGN_IN_WINDOW_SECONDS: { seconds: 900, least: 1, of: "the limit of sign-ins" },
  RATE_LIMIT_SMS_WINDOW_SECONDS: { seconds: 3_600, least: 60, of: "the limits of SMS" },
  LOCKOUT_SECONDS: {
    seconds: 1_800,
    least: 60,
    of: "the lockout, which begins again with the failure that locks",
  },
} as const;

export interface LimitPurpose {
  /** What is counted, as the end of "requests …". */
  requests: string;
  /** The variable that sets the most requests in a window, and its default. */
  variable: `RATE_LIMIT_${string}MAX` | "LOCKOUT_FAILURES";
  max: number;
  /** What the variable may be; 1 to a million without it. */
  between?: readonly [least: number, most: number];
  window: keyof typeof limitWindows;
  /** Whose requests are counted together; those of an account only until one succeeds. Of SMS: whom they go to. */
  by: "address" | "caller" | "organisation" | "account" | "number" | "everybody";
  /** All replicas together let exactly `max` pass, at the price of a question to Redis for each request. */
  exact?: true;
  /** The window begins again with the request that uses the limit up. */
  restarts?: true;
  /** The routes it holds for; without them, what `requests` says. */
  routes?: readonly string[];
}

const currentPassword = [
  "POST /v1/auth/password",
  "POST /v1/sessions/revoke",
  "POST /v1/sessions/:id/revoke",
] as const;
const window = "RATE_LIMIT_WINDOW_SECONDS";

/**
 * Every limit of the API (A4): the variables, the limiters, the headers, the tests and docs/limits.md are made from this table. One limit by
 * address holds for each request, the route's own or else `global`. What a signed-in caller asks counts for the caller's organisation as
 * well, by its tier, and for the caller where the route has such a limit. auth/lockout.ts counts by account.
 */
export const limits = {
  global: {
    requests: "to every path without a limit by address of its own, whatever the answer; probes do not count",
    variable: "RATE_LIMIT_MAX",
    max: 100,
    window,
    by: "address",
  },
  jwks: {
    requests: "for the published keys, which whoever checks many tokens needs beside all else",
    variable: "RATE_LIMIT_JWKS_MAX",
    max: 60,
    window,
    by: "address",
    routes: ["GET /.well-known/jwks.json"],
  },
  "sign-in": {
    requests: "that try a password or an invitation",
    variable: "RATE_LIMIT_SIGN_IN_MAX",
    max: 10,
    window: "RATE_LIMIT_SIGN_IN_WINDOW_SECONDS",
    by: "address",
    exact: true,
    routes: ["POST /v1/auth/sign-in", "POST /v1/auth/accept-invitation"],
  },
  refresh: {
    requests: "for new tokens; an office of many users may share an address",
    variable: "RATE_LIMIT_REFRESH_MAX",
    max: 60,
    window,
    by: "address",
    exact: true,
    routes: ["POST /v1/auth/refresh"],
  },
  lockout: {
    requests: "with a wrong password; a browser in which the user has signed in before counts by itself",
    variable: "LOCKOUT_FAILURES",
    max: 5,
    between: [3, 100],
    window: "LOCKOUT_SECONDS",
    by: "account",
    exact: true,
    restarts: true,
    routes: ["POST /v1/auth/sign-in", ...currentPassword],
  },
  live: {
    requests:
      "for a WebSocket of live updates; an office of many users may share an address, and they come back together",
    variable: "RATE_LIMIT_LIVE_MAX",
    max: 120,
    window,
    by: "address",
    routes: ["GET /v1/live"],
  },
  settings: {
    requests: "that take one's current password again",
    variable: "RATE_LIMIT_SETTINGS_MAX",
    max: 5,
    window,
    by: "caller",
    routes: currentPassword,
  },
  import: {
    requests: "that import or export a file of bookings",
    variable: "RATE_LIMIT_IMPORT_MAX",
    max: 10,
    window,
    by: "caller",
    routes: ["POST /v1/bookings/import", "GET /v1/bookings/export"],
  },
  admin: {
    requests: "that read or change users, their sessions, API keys and webhooks, or read the audit trail",
    variable: "RATE_LIMIT_ADMIN_MAX",
    max: 30,
    window,
    by: "caller",
    routes: [
      "GET /v1/users",
      "POST /v1/users",
      "PATCH /v1/users/:id",
      "POST /v1/users/:id/invitation",
      "GET /v1/users/:id/sessions",
      "DELETE /v1/users/:id/sessions",
      "GET /v1/api-keys",
      "POST /v1/api-keys",
      "DELETE /v1/api-keys/:id",
      "GET /v1/webhooks",
      "POST /v1/webhooks",
      "PATCH /v1/webhooks/:id",
      "DELETE /v1/webhooks/:id",
      "GET /v1/webhooks/:id/key",
      "GET /v1/webhooks/:id/deliveries",
      "POST /v1/webhooks/:id/deliveries/:deliveryId/replay",
      "GET /v1/audit",
      "GET /v1/audit/export",
    ],
  },
  "sms-events": {
    requests: "by which Twilio tells what became of an SMS, or who answers STOP",
    variable: "RATE_LIMIT_SMS_EVENTS_MAX",
    max: 600,
    window,
    by: "address",
    routes: ["POST /v1/sms/events"],
  },
  sms: {
    requests: "of the worker to Twilio: a reminder above it waits for the next window",
    variable: "RATE_LIMIT_SMS_MAX",
    max: 50,
    window: "RATE_LIMIT_SMS_WINDOW_SECONDS",
    by: "everybody",
    exact: true,
  },
  "sms-number": {
    requests: "of the worker to Twilio for one number",
    variable: "RATE_LIMIT_SMS_NUMBER_MAX",
    max: 10,
    window: "RATE_LIMIT_SMS_WINDOW_SECONDS",
    by: "number",
    exact: true,
  },
  standard: {
    requests: "of all users and keys of an organisation of the tier standard",
    variable: "RATE_LIMIT_STANDARD_MAX",
    max: 600,
    window,
    by: "organisation",
  },
  plus: {
    requests: "of all users and keys of an organisation of the tier plus",
    variable: "RATE_LIMIT_PLUS_MAX",
    max: 6_000,
    window,
    by: "organisation",
  },
} as const satisfies Record<string, LimitPurpose>;

export type LimitName = keyof typeof limits;

/** What an organisation has booked: it decides its limits, each of which has the name of its tier. */
export const tiers = ["standard", "plus"] as const satisfies readonly LimitName[];
export type Tier = (typeof tiers)[number];
