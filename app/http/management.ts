import { type FastifyBaseLogger, fastify, LogController } from "fastify";
import { paths } from "../contract/endpoints.ts";
import type { ApiEnv } from "../contract/env.ts";
import { migrations } from "../migrations/index.ts";
import type { Cache } from "../platform/cache.ts";
import type { Database } from "../platform/database/database.ts";
import { statement } from "../platform/database/statement.ts";
import type { HealthMonitor } from "../platform/health.ts";
import type { Logger } from "../platform/logging.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { Secrets } from "../platform/secrets.ts";
import type { KeySet } from "../signing-keys/key-set.ts";
import { answerErrors } from "./errors/handler.ts";
import { securityHeaders, sendSecurityHeaders } from "./headers.ts";
import { requestIdOf } from "./request-id.ts";
import { RouteTable } from "./route-table.ts";

export interface ManagementOptions {
  env: ApiEnv;
  database: Database;
  cache: Cache;
  secrets: Secrets;
  keys: KeySet;
  health: HealthMonitor;
  logger: Logger;
  metrics: Metrics;
}

/** The listener for operators and Prometheus, separate so that no route from the internet leads to it (A17). */
export function createManagementServer(options: ManagementOptions) {
  const loggerInstance: FastifyBaseLogger = options.logger;
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: "requestId" }),
    genReqId: requestIdOf,
    requestTimeout: options.env.REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
  });
  const routes = new RouteTable();
  routes.collect(app);
  answerErrors(app, routes);
  sendSecurityHeaders(app, securityHeaders);
  app.get(paths.metrics, async (_request, reply) => {
    reply.type(options.metrics.registry.contentType);
    return options.metrics.text();
  });
  app.get(paths.status, () => status(options));
  return app;
}

async function status({ env, database, cache, secrets, keys, health }: ManagementOptions) {
  const [{ status, checks }, migrated] = await Promise.all([health.check(), migrationState(database)]);
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, breaker } = database.state();
  return {
    service: "bulwark-api",
    version: env.SERVICE_VERSION,
    environment: env.ENVIRONMENT,
    status,
    uptimeSeconds: Math.round(process.uptime()),
    node: process.version,
    memory: { rss, heapUsed, external },
    dependencies: {
      database: { ...checks.database, user },
      cache: { ...checks.cache, connection: cache.state() },
    },
    breakers: { database: breaker },
    secrets: secrets.state(),
    signingKeys: { signing: keys.signing().kid, accepted: keys.published().map(({ kid }) => kid) },
    migrations: migrated,
    timestamp: new Date().toISOString(),
  };
}

const appliedMigrations = statement([], (db) =>
  db.selectFrom("kysely_migration").select("name").orderBy("name"),
);

/** Compares what the database has with what this version knows. */
async function migrationState(database: Database) {
  const known = Object.keys(migrations).sort();
  try {
    const rows = await database.read((db) => appliedMigrations(db, {}));
    const applied = rows.map(({ name }) => name);
    return { applied, pending: known.filter((name) => !applied.includes(name)) };
  } catch {
    // The database is down or empty: /status is what one looks at then, so it still answers.
    return { applied: undefined, pending: known };
  }
}
