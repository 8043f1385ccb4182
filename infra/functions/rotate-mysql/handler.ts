import { secretCatalogue, secretsRotatedBy } from "../../../app/contract/secrets.ts";
import { asMaster } from "../mysql/master.ts";
import { mysqlServer } from "../mysql/server.ts";
import { lazily, type RotationFunction, rotationFunction } from "../rotation/function.ts";
import { stepsFor } from "../rotation/machine.ts";
import { mysqlUser } from "../rotation/mysql-user.ts";
import { secretsManagerClient } from "../shared/aws.ts";
import { readEnvironment } from "../shared/environment.ts";
import { makeLog } from "../shared/log.ts";
import { secretArnsOf } from "../shared/secret-arns.ts";
import { makeSecretStore } from "../shared/secret-store.ts";
import { trustedAuthorities } from "../shared/trust.ts";
import { rotateMysqlEnv } from "./env.ts";

/** Rotates the MySQL users; called by Secrets Manager. */
export const handler: RotationFunction = lazily(() => {
  const env = readEnvironment(rotateMysqlEnv, process.env);
  const log = makeLog("rotate-mysql");
  const store = makeSecretStore(secretsManagerClient(), log);
  const server = mysqlServer({ host: env.DB_HOST, port: env.DB_PORT, authorities: trustedAuthorities() });
  const master = asMaster(server, store, env.DB_MASTER_SECRET_ARN);
  const purposes = secretsRotatedBy("mysql-user");
  const arns = secretArnsOf(purposes, env);
  const steps = purposes.map((purpose) => {
    const { user } = secretCatalogue[purpose].rotation;
    return [arns[purpose], stepsFor(arns[purpose], mysqlUser(user.name, server, master), store)] as const;
  });
  return rotationFunction(new Map(steps), store, log);
});
