import * as z from "zod";
import { limits, limitWindows } from "./limits.ts";
import { keysOf, recordBy, recordOf } from "./records.ts";
import { type SecretReader, secretIdVariables, secretOf } from "./secrets.ts";

/** "a, b" → ["a", "b"]; an empty string is an empty list. */
const list = z.string().transform((value) =>
  value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== ""),
);
const integer = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d+$/, "must be a whole number")
    .transform(Number)
    .pipe(z.number().min(minimum).max(maximum));
const flag = z.enum(["true", "false"]).transform((value) => value === "true");

const share = z
  .string()
  .regex(/^(0|1|0?\.\d+|1\.0+)$/, "must be a number from 0 to 1")
  .transform(Number);

/** What every process of the image needs: the migrations Job has exactly this, the API more. */
const shared = {
  NODE_ENV: z
    .enum(["development", "test", "production"])
    .default("production")
    .describe("production refuses unsafe settings"),
  ENVIRONMENT: z
    .string()
    .min(1)
    .describe("Name of the environment: staging, production, sandbox. Every log line carries it"),
  SERVICE_VERSION: z.string().min(1).default("0.0.0").describe("Version of the image, for /status and logs"),
  LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
    .default("info")
    .describe("Least severe level that is logged"),
  AWS_REGION: z.string().min(1).describe("Region of Secrets Manager"),
};

/** The secrets that a process reads. Where MySQL is, its user's secret says. */
const secretsOf = <Reader extends SecretReader>(reader: Reader) =>
  secretIdVariables(reader, (purpose) =>
    z
      .string()
      .min(1)
      .describe(`Secret (name or ARN): ${secretOf(purpose).description}`),
  );

/** Environment of the migrations Job. */
export const migrationEnv = z.object({ ...shared, ...secretsOf("migrations") });

type ApiFields = z.output<typeof apiFields>;

const isObject = ({ value }: { value: unknown }) => typeof value === "object" && value !== null;
const address = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]);
const isOrigin = (text: string) => text === "*" || (URL.canParse(text) && new URL(text).origin === text);
const isPlainHttp = (url: string) => url.startsWith("http://");
const webAddress = z.url({ protocol: /^https?$/, error: "must be a URL: https://…" });
/** Production is the default, so a missing NODE_ENV is strict as well. */
const strict = (env: { NODE_ENV?: string | undefined }) =>
  env.NODE_ENV !== "development" && env.NODE_ENV !== "test";

/**
 * OWASP's minimums for Argon2id, equal in strength (Password Storage Cheat Sheet): memory in KiB, and how often it is gone through at
 * least with that much.
 */
const leastPasswordCosts = [
  { memoryKib: 47_104, passes: 1 },
  { memoryKib: 19_456, passes: 2 },
  { memoryKib: 12_288, passes: 3 },
  { memoryKib: 9_216, passes: 4 },
  { memoryKib: 7_168, passes: 5 },
];
/** The one whose two hashes leave a change of password the most room below A26's 50 ms for its memory: 13 ms each, not 17. */
export const usualPasswordCost = { memoryKib: 12_288, passes: 3 };

const limitVariables = recordBy(
  Object.values(limits),
  ({ variable }) => variable,
  ({ max, by, requests, ...rest }) => {
    const [least, most] = "between" in rest ? rest.between : [1, 1_000_000];
    return integer(least, most).default(max).describe(`Most requests per window and ${by} ${requests}`);
  },
);
const windowVariables = recordOf(keysOf(limitWindows), (variable) => {
  const { seconds, least, of } = limitWindows[variable];
  return integer(least, 86_400).default(seconds).describe(`Window of ${of}, seconds`);
});

const apiFields = z.object({
  ...shared,
  ...secretsOf("api"),
  HOST: z
    .string()
    .min(1)
    .default("0.0.0.0")
    .describe("Address to listen on: the pod's own (Downward API status.podIP)"),
  PORT: integer(1, 65535).default(3000).describe("Port of the API, plain HTTP behind the load balancer"),
  MANAGEMENT_PORT: integer(1, 65535)
    .default(9464)
    .describe("Port of /metrics and /status, never behind the load balancer"),
  CORS_ORIGIN: list
    .default([])
    .describe(
      "Exact origins whose pages can call the API (CORS), comma-separated. Required in production, where * is refused",
    ),
  TRUSTED_PROXIES: list
    .default([])
    .describe(
      "CIDRs of the proxies whose X-Forwarded-* headers count, comma-separated. Required in production",
    ),
  HTTPS_ONLY: flag
    .default(true)
    .describe(
      "Redirect or refuse requests that did not reach a trusted proxy by HTTPS. No effect without TRUSTED_PROXIES; set false only without a certificate",
    ),
  PUBLIC_HOST: z
    .string()
    .regex(/^[a-z0-9.-]+(:\d+)?$/i, "must be a host name, with a port where it is not 443")
    .optional()
    .describe(
      "Host name that clients use, the target of redirects to HTTPS. Required in production with HTTPS_ONLY",
    ),
  HSTS_PRELOAD: flag
    .default(false)
    .describe(
      "Ask browsers to preload HSTS (hstspreload.org), only for a whole registered domain, and hard to undo. The API sends HSTS itself if PUBLIC_HOST is an internet name",
    ),
  DB_POOL_MIN: integer(0, 100).default(2).describe("Connections kept open per process"),
  DB_POOL_MAX: integer(1, 500).default(10).describe("Most connections per process"),
  DB_QUERY_TIMEOUT_MS: integer(100, 60_000)
    .default(10_000)
    .describe("Time limit of a single query, milliseconds"),
  REDIS_HOST: z.string().min(1).describe("Host of Redis, always over TLS"),
  REDIS_PORT: integer(1, 65535).default(6379).describe("Port of Redis"),
  SECRETS_REFRESH_SECONDS: integer(1, 86_400)
    .default(300)
    .describe("Interval of background reads of secrets, seconds (with jitter of ±10 %)"),
  ...limitVariables,
  ...windowVariables,
  PASSWORD_MEMORY_KIB: integer(7_168, 131_072)
    .default(usualPasswordCost.memoryKib)
    .describe("Memory of a password hash (Argon2id), KiB: with its passes at least one of OWASP's minimums"),
  PASSWORD_PASSES: integer(1, 10)
    .default(usualPasswordCost.passes)
    .describe("How often a password hash goes through its memory"),
  LIVE_SOCKETS_MAX: integer(1, 100_000)
    .default(2_000)
    .describe("Most WebSockets of a process; at most 64 KiB wait for one that reads slowly"),
  LIVE_SOCKETS_PER_ADDRESS_MAX: integer(1, 100_000)
    .default(200)
    .describe("Most WebSockets of a client address in a process; an office of many users may share one"),
  LIVE_SOCKETS_PER_CALLER_MAX: integer(1, 100_000)
    .default(10)
    .describe("Most WebSockets of a user or an API key in a process: a tab has one"),
  WEBHOOK_LOCAL_RECEIVERS: flag
    .default(false)
    .describe(
      "Webhooks may lead to private addresses and other ports than 443: only for the sandbox and tests",
    ),
  IDEMPOTENCY_KEY_SECONDS: integer(60, 604_800)
    .default(86_400)
    .describe("How long the answer to a write with an Idempotency-Key is stored, seconds"),
  BODY_LIMIT_BYTES: integer(1_024, 1_048_576)
    .default(65_536)
    .describe("Largest request body of a route without its own limit, bytes (64 KiB)"),
  IMPORT_LIMIT_BYTES: integer(1_024, 104_857_600)
    .default(20_971_520)
    .describe("Largest file of an import, bytes (20 MiB)"),
  IMPORT_MAX_LINES: integer(1, 1_000_000)
    .default(100_000)
    .describe(
      "Most lines of an import. Other writers of the same organisation wait while they become bookings, some ten seconds at most for the default",
    ),
  IMPORT_TIMEOUT_MS: integer(1_000, 300_000)
    .default(120_000)
    .describe("Time limit of an import, and of an export, milliseconds"),
  REQUEST_TIMEOUT_MS: integer(100, 300_000).default(30_000).describe("Time limit of a request, milliseconds"),
  KEEP_ALIVE_TIMEOUT_MS: integer(1_000, 600_000)
    .default(75_000)
    .describe(
      "Idle keep-alive, milliseconds: longer than the load balancer's idle timeout (60 s), or that meets closed sockets",
    ),
  SHUTDOWN_DRAIN_MS: integer(0, 60_000)
    .default(1_000)
    .describe(
      "Time after SIGTERM in which it still answers (not ready, closing connections) before the listener closes, milliseconds",
    ),
  SHUTDOWN_TIMEOUT_MS: integer(500, 300_000)
    .default(10_000)
    .describe("Forced exit this long after SIGTERM, milliseconds"),
  OTEL_ENABLED: flag
    .default(false)
    .describe("Send traces, by OpenTelemetry. Without it none of it is loaded"),
  OTEL_EXPORTER_OTLP_ENDPOINT: webAddress
    .optional()
    .describe(
      "Collector of the traces, OTLP over HTTP: the URL before /v1/traces. Required with OTEL_ENABLED",
    ),
  OTEL_TRACES_SAMPLER_ARG: share
    .default(0.1)
    .describe(
      "Share of the traces that is recorded, 0 to 1, chosen by trace id: all processes record the same",
    ),
  SENTRY_DSN: webAddress
    .regex(/^https?:\/\/\w+(:\w+)?@[^/]+\/(.+\/)?\d+$/, "must be a DSN: https://<key>@<host>/<project>")
    .optional()
    .describe(
      "Where errors that nobody expected are reported, by Sentry's protocol, without what clients sent",
    ),
});

/**
 * Rules over several variables. They run even where other variables are wrong, so that one start names every problem; what they
 * read may therefore be missing.
 */
type Rules<Fields> = readonly (readonly [
  variable: string,
  broken: (env: Partial<Fields>) => boolean,
  message: string,
])[];

/** What every process that runs on is told, with rules of its own. */
const lastingRules: Rules<z.output<typeof workerFields>> = [
  ["DB_POOL_MIN", (env) => Number(env.DB_POOL_MIN) > Number(env.DB_POOL_MAX), "must not exceed DB_POOL_MAX"],
  [
    "SHUTDOWN_DRAIN_MS",
    (env) => Number(env.SHUTDOWN_DRAIN_MS) >= Number(env.SHUTDOWN_TIMEOUT_MS),
    "must be less than SHUTDOWN_TIMEOUT_MS",
  ],
  [
    "WEBHOOK_LOCAL_RECEIVERS",
    (env) => strict(env) && env.ENVIRONMENT !== "sandbox" && env.WEBHOOK_LOCAL_RECEIVERS === true,
    "must not be true in production: a tenant could reach what is in the network",
  ],
  [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    (env) => env.OTEL_ENABLED === true && env.OTEL_EXPORTER_OTLP_ENDPOINT === undefined,
    "must name where traces go, where OTEL_ENABLED is true",
  ],
  [
    "SENTRY_DSN",
    (env) => strict(env) && isPlainHttp(env.SENTRY_DSN ?? ""),
    "must be https:// in production: it carries a key",
  ],
];

const rules: Rules<ApiFields> = [
  ...lastingRules,
  [
    "PASSWORD_PASSES",
    (env) =>
      !leastPasswordCosts.some(
        ({ memoryKib, passes }) =>
          Number(env.PASSWORD_MEMORY_KIB) >= memoryKib && Number(env.PASSWORD_PASSES) >= passes,
      ),
    `must be one of OWASP's minimums with PASSWORD_MEMORY_KIB, or more: ${leastPasswordCosts
      .map(({ memoryKib, passes }) => `${passes} with ${memoryKib}`)
      .join(", ")}`,
  ],
  [
    "CORS_ORIGIN",
    (env) => env.CORS_ORIGIN?.every(isOrigin) === false,
    "must hold origins only: scheme://host[:port], no path, separated by commas",
  ],
  [
    "CORS_ORIGIN",
    (env) => strict(env) && env.CORS_ORIGIN?.length === 0,
    "must name at least one origin in production",
  ],
  [
    "CORS_ORIGIN",
    (env) => strict(env) && env.CORS_ORIGIN?.includes("*") === true,
    "must not be * in production: name the exact origins",
  ],
  [
    "CORS_ORIGIN",
    (env) => strict(env) && env.CORS_ORIGIN?.some(isPlainHttp) === true,
    "must be https:// in production: anybody on the way can change a page that comes by http://",
  ],
  [
    "TRUSTED_PROXIES",
    (env) => env.TRUSTED_PROXIES?.every((proxy) => address.safeParse(proxy).success) === false,
    "must hold CIDRs or addresses only, separated by commas",
  ],
  [
    "TRUSTED_PROXIES",
    (env) => strict(env) && env.TRUSTED_PROXIES?.length === 0,
    "must name the load balancer's subnets in production",
  ],
  [
    "PUBLIC_HOST",
    (env) => strict(env) && env.HTTPS_ONLY === true && env.PUBLIC_HOST === undefined,
    "must name the host that clients use in production, where HTTPS_ONLY is true",
  ],
];

/** Environment of the API: everything it can be told, with units and defaults (A22). */
export const apiEnv = rules.reduce(
  (schema, [variable, broken, message]) =>
    schema.refine((env) => !broken(env), { path: [variable], error: message, when: isObject }),
  apiFields,
);

const workerFields = z.object({
  ...shared,
  ...secretsOf("worker"),
  ...apiFields.pick({
    HOST: true,
    MANAGEMENT_PORT: true,
    DB_POOL_MIN: true,
    DB_POOL_MAX: true,
    DB_QUERY_TIMEOUT_MS: true,
    REDIS_HOST: true,
    REDIS_PORT: true,
    SECRETS_REFRESH_SECONDS: true,
    WEBHOOK_LOCAL_RECEIVERS: true,
    REQUEST_TIMEOUT_MS: true,
    SHUTDOWN_DRAIN_MS: true,
    SHUTDOWN_TIMEOUT_MS: true,
    OTEL_ENABLED: true,
    OTEL_EXPORTER_OTLP_ENDPOINT: true,
    OTEL_TRACES_SAMPLER_ARG: true,
    SENTRY_DSN: true,
    PUBLIC_HOST: true,
    RATE_LIMIT_SMS_MAX: true,
    RATE_LIMIT_SMS_NUMBER_MAX: true,
    RATE_LIMIT_SMS_WINDOW_SECONDS: true,
  }).shape,
  TWILIO_API_URL: z
    .url({ protocol: /^https$/, error: "must be a URL: https://…" })
    .default("https://api.twilio.com")
    .describe("Where Twilio answers, or what stands in for it"),
  REMINDER_SCAN_SECONDS: integer(1, 300)
    .default(15)
    .describe("How often the worker looks for reminders that are due, seconds"),
});

/** Environment of the worker: of the API's variables those that it needs, with the same meaning. */
export const workerEnv = lastingRules.reduce(
  (schema, [variable, broken, message]) =>
    schema.refine((env) => !broken(env), { path: [variable], error: message, when: isObject }),
  workerFields,
);

/** The parsed environment that the API's code sees. */
export type ApiEnv = z.output<typeof apiEnv>;
/** The strings that a pod gets: the Deployment's environment is typed by this. */
export type ApiEnvInput = z.input<typeof apiEnv>;
export type WorkerEnv = z.output<typeof workerEnv>;
export type WorkerEnvInput = z.input<typeof workerEnv>;
export type MigrationEnvInput = z.input<typeof migrationEnv>;
