import { type DatabasePurpose, databaseUsers } from "../../../app/contract/database-users.ts";
import { asMaster } from "../mysql/master.ts";
import { mysqlServer } from "../mysql/server.ts";
import { lazily, type RotationFunction, rotationFunction } from "../rotation/function.ts";
import { stepsFor } from "../rotation/machine.ts";
import { mysqlUser } from "../rotation/mysql-user.ts";
import { secretsManagerClient } from "../shared/aws.ts";
import { readEnvironment } from "../shared/environment.ts";
import { makeLog } from "../shared/log.ts";
import { makeSecretStore } from "../shared/secret-store.ts";
import { trustedAuthorities } from "../shared/trust.ts";
import { rotateMysqlEnv } from "./env.ts";

/** Rotates the users of the API, of the migrations and of monitoring; called by Secrets Manager. */
export const handler: RotationFunction = lazily(() => {
  const env = readEnvironment(rotateMysqlEnv, process.env);
  const log = makeLog("rotate-mysql");
  const store = makeSecretStore(secretsManagerClient(), log);
  const server = mysqlServer({ host: env.DB_HOST, port: env.DB_PORT, authorities: trustedAuthorities() });
  const master = asMaster(server, store, env.DB_MASTER_SECRET_ARN);
  const steps = (secret: string, purpose: DatabasePurpose) =>
    [secret, stepsFor(secret, mysqlUser(databaseUsers[purpose], server, master), store)] as const;
  const secrets = new Map([
    steps(env.DB_APP_SECRET_ARN, "db-app"),
    steps(env.DB_MIGRATOR_SECRET_ARN, "db-migrator"),
    steps(env.DB_MONITOR_SECRET_ARN, "db-monitor"),
  ]);
  return rotationFunction(secrets, store, log);
});
