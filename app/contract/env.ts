import { z } from "zod";

/** "a, b" → ["a", "b"]; an empty string is an empty list. */
const list = z
  .string()
  .transform((value) => value.split(",").map((item) => item.trim()).filter((item) => item !== ""));
const integer = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d+$/, "must be a whole number")
    .transform(Number)
    .pipe(z.number().min(minimum).max(maximum));
const flag = z.enum(["true", "false"]).transform((value) => value === "true");

/** What every process of the image needs: the migrations Job has exactly this, the API more. */
const shared = {
  NODE_ENV: z.enum(["development", "test", "production"]).default("production"),
  /** Name of the environment: staging, production, sandbox. Goes into every log line. */
  ENVIRONMENT: z.string().min(1),
  /** Version of the image, for /status and logs. */
  SERVICE_VERSION: z.string().min(1).default("0.0.0"),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  AWS_REGION: z.string().min(1),
  /** Secret (name or ARN) with the credentials of the MySQL user this process logs in as; host and port are in it. */
  DB_SECRET_ID: z.string().min(1),
};

/** Environment of the migrations Job. */
export const migrationEnv = z.object(shared);

/** Environment of the API: everything it can be told, with units and defaults (A22). */
export const apiEnv = z
  .object({
    ...shared,
    /** Address to listen on: the pod's own (Downward API status.podIP). */
    HOST: z.string().min(1).default("0.0.0.0"),
    PORT: integer(1, 65535).default(3000),
    MANAGEMENT_PORT: integer(1, 65535).default(9464),
    /** Exact origins allowed by CORS and WebSocket, comma-separated. Required in production, never `*` (A2). */
    CORS_ORIGIN: list.default([]),
    /** CIDRs of the proxies whose X-Forwarded-* headers count (A3): the load balancer's subnets. */
    TRUSTED_PROXIES: list.default([]),
    /** Connections per process (A20). */
    DB_POOL_MIN: integer(0, 100).default(2),
    DB_POOL_MAX: integer(1, 500).default(10),
    /** Longest a single query may take, milliseconds. */
    DB_QUERY_TIMEOUT_MS: integer(100, 60_000).default(10_000),
    REDIS_HOST: z.string().min(1),
    REDIS_PORT: integer(1, 65535).default(6379),
    /** Secret with the Redis ACL user. */
    CACHE_SECRET_ID: z.string().min(1),
    /** Secrets with the token keys and the application's own keys; read once sign-in exists. */
    JWT_SECRET_ID: z.string().min(1),
    APP_KEYS_SECRET_ID: z.string().min(1),
    /** How often secrets are read again in the background, seconds (jitter of ±10 % is added). */
    SECRETS_REFRESH_SECONDS: integer(1, 86_400).default(300),
    /** Global limit: requests per window and client address (A4). */
    RATE_LIMIT_MAX: integer(1, 1_000_000).default(100),
    RATE_LIMIT_WINDOW_SECONDS: integer(1, 86_400).default(60),
    /** Largest request body, bytes (A6). */
    BODY_LIMIT_BYTES: integer(1_024, 104_857_600).default(10_485_760),
    /** Longest a request may take, milliseconds (A20). */
    REQUEST_TIMEOUT_MS: integer(100, 300_000).default(30_000),
    /** Idle keep-alive, milliseconds: longer than the load balancer's idle timeout (60 s), or it meets closed sockets. */
    KEEP_ALIVE_TIMEOUT_MS: integer(1_000, 600_000).default(75_000),
    /** Forced exit after SIGTERM, milliseconds (A21). */
    SHUTDOWN_TIMEOUT_MS: integer(500, 300_000).default(10_000),
    OTEL_ENABLED: flag.default(false),
    OTEL_EXPORTER_OTLP_ENDPOINT: z.url().optional(),
    SENTRY_DSN: z.url().optional(),
  })
  .superRefine((env, ctx) => {
    const refuse = (path: string, message: string) => ctx.addIssue({ code: "custom", path: [path], message });
    if (env.DB_POOL_MIN > env.DB_POOL_MAX) refuse("DB_POOL_MIN", "must not exceed DB_POOL_MAX");
    for (const origin of env.CORS_ORIGIN) {
      if (origin === "*") continue;
      const exact = URL.canParse(origin) && new URL(origin).origin === origin;
      if (!exact) refuse("CORS_ORIGIN", `"${origin}" is not an origin (scheme://host[:port], no path)`);
    }
    if (env.NODE_ENV !== "production") return;
    if (env.CORS_ORIGIN.length === 0) refuse("CORS_ORIGIN", "must name at least one origin in production");
    if (env.CORS_ORIGIN.includes("*")) refuse("CORS_ORIGIN", "must not be * in production: name the exact origins");
    if (env.TRUSTED_PROXIES.length === 0) {
      refuse("TRUSTED_PROXIES", "must name the load balancer's subnets in production");
    }
  });

/** The parsed environment that the API's code sees. */
export type ApiEnv = z.output<typeof apiEnv>;
/** The strings that a pod gets: the Deployment's environment is typed by this. */
export type ApiEnvInput = z.input<typeof apiEnv>;
export type MigrationEnv = z.output<typeof migrationEnv>;
export type MigrationEnvInput = z.input<typeof migrationEnv>;
