import type { WorkerEnv } from "./contract/env.ts";
import { logEvents } from "./contract/log-events.ts";
import { secretIdsOf } from "./contract/secrets.ts";
import { createManagementServer } from "./http/management.ts";
import { serveProbes } from "./http/probes.ts";
import { createLimit } from "./http/rate-limit/limits.ts";
import { redisCounters } from "./http/rate-limit/store.ts";
import { processStatus } from "./http/status.ts";
import { openCache } from "./platform/cache.ts";
import { openDatabase } from "./platform/database/database.ts";
import { openErrorReports } from "./platform/error-reports/open.ts";
import { HealthMonitor } from "./platform/health.ts";
import type { Logger } from "./platform/logging.ts";
import type { Metrics } from "./platform/metrics.ts";
import { openSecrets } from "./platform/secrets.ts";
import { openTracing } from "./platform/tracing/open.ts";
import type { Trust } from "./platform/trust.ts";
import { logVitalSigns } from "./platform/vital-signs.ts";
import { openQueues } from "./queue/queue.ts";
import { Reminders } from "./reminders/reminders.ts";
import { twilio } from "./reminders/twilio.ts";
import { Dispatcher } from "./webhooks/dispatcher.ts";
import { WebhookKeys } from "./webhooks/keys.ts";
import { Sender } from "./webhooks/sender.ts";

export interface WorkerOptions {
  env: WorkerEnv;
  logger: Logger;
  metrics: Metrics;
  trust: Trust;
}

/** How long the database pool may take to finish its work on shutdown (A21). */
const databaseCloseMs = 1_000;

/**
 * Puts the worker together, not yet started.
 * @throws SecretUnavailableError when a secret it cannot do without can't be read.
 */
export async function createWorkerProcess({ env, logger, metrics, trust }: WorkerOptions) {
  const errors = await openErrorReports(env, "bulwark-worker", logger);
  const tracing = await openTracing(env, "bulwark-worker", logger);
  const secrets = await openSecrets({ ids: secretIdsOf("worker", env), env, logger, metrics });
  const database = openDatabase({
    secret: secrets.get("db-app"),
    poolMin: env.DB_POOL_MIN,
    poolMax: env.DB_POOL_MAX,
    queryTimeoutMs: env.DB_QUERY_TIMEOUT_MS,
    trust,
    logger,
    metrics,
    tracing,
  });
  const { REDIS_HOST: host, REDIS_PORT: port } = env;
  const redis = { host, port, secret: secrets.get("cache"), trust, logger, tracing };
  const cache = await openCache(redis);
  const queues = openQueues({ ...redis, metrics, errors });
  const webhookSecret = secrets.get("webhooks");
  const webhooks = new Dispatcher(database, {
    keys: new WebhookKeys(() => webhookSecret.current.signing),
    sender: new Sender({ local: env.WEBHOOK_LOCAL_RECEIVERS }),
    logger,
    metrics,
  });
  const credentials = secrets.get("twilio");
  const counters = redisCounters(cache);
  const { RATE_LIMIT_SMS_WINDOW_SECONDS: windowSeconds } = env;
  const reminders = new Reminders({
    env,
    database,
    enabled: () => credentials.current !== null,
    sms: twilio({ url: env.TWILIO_API_URL, credentials: () => credentials.current, trust, metrics }),
    limits: {
      all: createLimit("sms", { max: env.RATE_LIMIT_SMS_MAX, windowSeconds }, counters, metrics),
      number: createLimit(
        "sms-number",
        { max: env.RATE_LIMIT_SMS_NUMBER_MAX, windowSeconds },
        counters,
        metrics,
      ),
    },
    logger,
    metrics,
  });
  const health = new HealthMonitor(database, cache);
  const management = createManagementServer({
    requestTimeoutMs: env.REQUEST_TIMEOUT_MS,
    logger,
    metrics,
    status: async () => ({
      ...(await processStatus({ service: "bulwark-worker", env, database, cache, secrets, health })),
      queues: await queues.state(),
      reminders: await reminders.state(),
    }),
  });
  // No load balancer and no Service leads here: the kubelet's probes ask where Prometheus does.
  serveProbes(management, health);

  // Leaves the rest of the shutdown a fifth of its time.
  const workMs = 0.6 * env.SHUTDOWN_TIMEOUT_MS;

  let endVitalSigns = () => {};
  return {
    management,
    errors,
    health,
    database,
    cache,
    queues,
    reminders,
    /** Opens its listener, tries the dependencies once, and begins. */
    async start(): Promise<void> {
      await management.listen({ host: env.HOST, port: env.MANAGEMENT_PORT });
      const [{ checks }] = await Promise.all([health.check(), database.warm()]);
      health.start();
      webhooks.start();
      reminders.start(queues);
      endVitalSigns = logVitalSigns({ health, metrics, logger, queues });
      logger.info(
        { ...logEvents.started, host: env.HOST, managementPort: env.MANAGEMENT_PORT, checks },
        "working",
      );
    },
    /** What to close, in the order that lets jobs finish first. */
    closing: [
      { name: "vital signs", close: async () => endVitalSigns() },
      { name: "jobs and webhooks", close: () => Promise.all([queues.close(workMs), webhooks.close(workMs)]) },
      { name: "secrets", close: async () => secrets.close() },
      { name: "database", close: () => database.close(databaseCloseMs) },
      { name: "cache", close: () => cache.close() },
      { name: "error reports", close: async () => errors?.close() },
      { name: "traces", close: async () => tracing?.close() },
      { name: "management", close: () => management.close() },
    ],
  };
}
