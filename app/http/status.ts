import type { SecretPurpose } from "../contract/secrets.ts";
import { migrations } from "../migrations/index.ts";
import type { Cache } from "../platform/cache.ts";
import type { Database } from "../platform/database/database.ts";
import { statement } from "../platform/database/statement.ts";
import type { HealthMonitor } from "../platform/health.ts";
import type { Secrets } from "../platform/secrets.ts";

export interface StatusOptions {
  service: string;
  env: { SERVICE_VERSION: string; ENVIRONMENT: string };
  database: Database;
  cache: Cache;
  secrets: Pick<Secrets<SecretPurpose>, "state">;
  health: HealthMonitor;
}

/** What /status says of every process. */
export async function processStatus({ service, env, database, cache, secrets, health }: StatusOptions) {
  const [{ status, checks }, migrated] = await Promise.all([health.check(), migrationState(database)]);
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, breaker } = database.state();
  return {
    service,
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
