import { migrationEnv } from "./contract/env.ts";
import { migrationFailed } from "./contract/exit-codes.ts";
import { databaseCredentials } from "./contract/secret-values.ts";
import { type MigrationCommand, migrate, migrationCommands } from "./migrations/runner.ts";
import { readEnvironment } from "./platform/config.ts";
import { failStart } from "./platform/fail-start.ts";
import { createLogging } from "./platform/logging.ts";
import { readSecretOnce } from "./platform/secret-reader.ts";
import { createTrust } from "./platform/trust.ts";

/** `node migrate.mjs up|down|down-all|status`: changes the database's schema, then ends. */
async function main(): Promise<void> {
  const command = commandOf(process.argv[2]);
  const env = readEnvironment(migrationEnv);
  const { logger, flush } = createLogging({
    level: env.LOG_LEVEL,
    service: "bulwark-migrate",
    environment: env.ENVIRONMENT,
    version: env.SERVICE_VERSION,
  });
  const credentials = await readSecretOnce(env.AWS_REGION, env.DB_SECRET_ID, databaseCredentials);
  try {
    await migrate(command, { credentials, trust: createTrust(), logger });
  } catch (error) {
    logger.fatal({ err: error }, "the migration failed: fix the cause and run it again");
    process.exitCode = migrationFailed;
  }
  flush();
}

function commandOf(given: string | undefined): MigrationCommand {
  const command = migrationCommands.find((known) => known === given);
  if (command !== undefined) return command;
  throw new Error(`"${given ?? ""}" is no command. Usage: migrate.mjs ${migrationCommands.join("|")}`);
}

main().catch(failStart);
