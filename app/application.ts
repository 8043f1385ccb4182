import { keyAuthenticator } from "./api-keys/authenticator.ts";
import { LastUsed } from "./api-keys/last-used.ts";
import { serveApiKeys } from "./api-keys/routes.ts";
import { ApiKeys } from "./api-keys/service.ts";
import { serveAudit } from "./audit/routes.ts";
import { AuditTrail } from "./audit/trail.ts";
import { AuditView } from "./audit/view.ts";
import { serveExports } from "./bookings/export/routes.ts";
import { BookingExports } from "./bookings/export/service.ts";
import { serveImports } from "./bookings/import/routes.ts";
import { BookingImports } from "./bookings/import/service.ts";
import { serveBookings } from "./bookings/routes.ts";
import { Bookings } from "./bookings/service.ts";
import type { ApiEnv } from "./contract/env.ts";
import { logEvents } from "./contract/log-events.ts";
import { secretIdsOf } from "./contract/secrets.ts";
import { createManagementServer } from "./http/management.ts";
import { createLimits } from "./http/rate-limit/limits.ts";
import { redisCounters } from "./http/rate-limit/store.ts";
import { closeHttpServer, createHttpServer, type HttpServerOptions } from "./http/server.ts";
import { processStatus } from "./http/status.ts";
import { Writes } from "./idempotency/writes.ts";
import { createIdentity } from "./identity.ts";
import { LivePublisher } from "./live/publisher.ts";
import { Rooms } from "./live/rooms.ts";
import { serveLive } from "./live/routes.ts";
import { LiveSockets } from "./live/sockets.ts";
import { LiveStream } from "./live/stream.ts";
import { serveOpenApi } from "./openapi/routes.ts";
import { openCache } from "./platform/cache.ts";
import { Cursors } from "./platform/cursor.ts";
import { openDatabase } from "./platform/database/database.ts";
import { openErrorReports } from "./platform/error-reports/open.ts";
import { HealthMonitor } from "./platform/health.ts";
import type { Logger } from "./platform/logging.ts";
import type { Metrics } from "./platform/metrics.ts";
import { openSecrets } from "./platform/secrets.ts";
import { Signer } from "./platform/signer.ts";
import { openTracing } from "./platform/tracing/open.ts";
import type { Trust } from "./platform/trust.ts";
import { logVitalSigns } from "./platform/vital-signs.ts";
import { serveSmsEvents } from "./reminders/routes.ts";
import { KeySet } from "./signing-keys/key-set.ts";
import { serveSigningKeys } from "./signing-keys/routes.ts";
import { Deliveries } from "./webhooks/deliveries.ts";
import { WebhookKeys } from "./webhooks/keys.ts";
import { serveWebhooks } from "./webhooks/routes.ts";
import { Webhooks } from "./webhooks/service.ts";

export type Application = Awaited<ReturnType<typeof createApplication>>;

export interface ApplicationOptions {
  env: ApiEnv;
  logger: Logger;
  metrics: Metrics;
  trust: Trust;
  /** Gets the server before it has any route. */
  prepare?: HttpServerOptions["prepare"];
}

/** How long the database pool may take to finish its work on shutdown (A21). */
const databaseCloseMs = 5_000;

/**
 * Puts the API together, not yet listening.
 * @throws SecretUnavailableError when a secret it cannot do without can't be read.
 */
export async function createApplication({ env, logger, metrics, trust, prepare }: ApplicationOptions) {
  const errors = await openErrorReports(env, "bulwark-api", logger);
  const tracing = await openTracing(env, "bulwark-api", logger);
  const secrets = await openSecrets({ ids: secretIdsOf("api", env), env, logger, metrics });
  const keys = new KeySet(secrets.get("jwt"));
  const applicationKeys = secrets.get("app-keys");
  const signer = new Signer(() => applicationKeys.current.cookie);
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
  const cache = await openCache({ host, port, secret: secrets.get("cache"), trust, logger, tracing });
  const health = new HealthMonitor(database, cache);
  const environment = env.ENVIRONMENT;
  const lastUsed = new LastUsed(database, logger);
  const limits = createLimits(env, redisCounters(cache), metrics);
  const identity = createIdentity({ env, database, limits, keys, secrets, logger });
  const authenticators = [keyAuthenticator({ database, environment, lastUsed }), identity.authenticate];
  const app = await createHttpServer({
    env,
    limits,
    health,
    logger,
    metrics,
    tracing,
    errors,
    authenticators,
    prepare,
  });
  identity.serve(app);
  const liveStream = new LiveStream(cache);
  const live = new LivePublisher(liveStream, { metrics, logger, tracing });
  const writes = new Writes(database, new AuditTrail(database), env.IDEMPOTENCY_KEY_SECONDS);
  serveBookings(app, new Bookings(database, new Cursors(signer, "bookings"), live), writes);
  serveAudit(app, new AuditView(database, new Cursors(signer, "audit")));
  const imports = new BookingImports(database, {
    limits: { bytes: env.IMPORT_LIMIT_BYTES, lines: env.IMPORT_MAX_LINES },
    // A writer that waits longer than a statement may take is given up.
    longestTurnMs: 0.8 * env.DB_QUERY_TIMEOUT_MS,
    feed: live,
    logger,
  });
  serveImports(app, imports, writes, env);
  serveExports(app, new BookingExports(database));
  serveApiKeys(app, new ApiKeys(database, environment));
  const webhookSecret = secrets.get("webhooks");
  const webhooks = new Webhooks(database, {
    keys: new WebhookKeys(() => webhookSecret.current.signing),
    localReceivers: env.WEBHOOK_LOCAL_RECEIVERS,
  });
  serveWebhooks(app, webhooks, new Deliveries(database, new Cursors(signer, "webhook-deliveries")));
  serveSigningKeys(app, keys, env);
  serveSmsEvents(app, { env, database, twilio: secrets.get("twilio") });
  serveOpenApi(app);
  serveLive(app, {
    sockets: new LiveSockets(env, metrics, logger),
    rooms: new Rooms(liveStream, tracing),
    authenticators,
    forgery: identity.forgery,
  });
  let endVitalSigns = () => {};
  const management = createManagementServer({
    requestTimeoutMs: env.REQUEST_TIMEOUT_MS,
    logger,
    metrics,
    status: async () => ({
      ...(await processStatus({ service: "bulwark-api", env, database, cache, secrets, health })),
      signingKeys: { signing: keys.signing().kid, accepted: keys.published().map(({ kid }) => kid) },
    }),
  });

  return {
    app,
    management,
    errors,
    health,
    database,
    cache,
    keys,
    identity,
    /** Opens both listeners, then tries the dependencies once, so that the first request finds connections. */
    async listen(): Promise<void> {
      await app.listen({ host: env.HOST, port: env.PORT });
      await management.listen({ host: env.HOST, port: env.MANAGEMENT_PORT });
      const [{ checks }] = await Promise.all([health.check(), database.warm(), identity.revocations.start()]);
      health.start();
      endVitalSigns = logVitalSigns({ health, metrics, logger });
      logger.info(
        { ...logEvents.started, host: env.HOST, port: env.PORT, managementPort: env.MANAGEMENT_PORT, checks },
        "listening",
      );
    },
    /** What to close, in the order that lets requests finish first. */
    closing: [
      { name: "vital signs", close: async () => endVitalSigns() },
      { name: "http", close: () => closeHttpServer(app) },
      { name: "live updates", close: () => live.close() },
      { name: "api keys", close: () => lastUsed.close() },
      { name: "revocations", close: async () => identity.revocations.stop() },
      // Before the database, so that no new login is taken into a pool that closes.
      { name: "secrets", close: async () => secrets.close() },
      { name: "database", close: () => database.close(databaseCloseMs) },
      { name: "cache", close: () => cache.close() },
      { name: "error reports", close: async () => errors?.close() },
      { name: "traces", close: async () => tracing?.close() },
      { name: "management", close: () => management.close() },
    ],
  };
}
