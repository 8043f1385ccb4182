import { secretPurposes } from "../../../app/contract/secrets.ts";
import { asMaster } from "../mysql/master.ts";
import { mysqlServer } from "../mysql/server.ts";
import { cacheAccount } from "../redis/cache-account.ts";
import { cacheLogin } from "../redis/login.ts";
import { lazily } from "../rotation/function.ts";
import { elastiCacheClient, secretsManagerClient } from "../shared/aws.ts";
import { readEnvironment } from "../shared/environment.ts";
import { makeLog } from "../shared/log.ts";
import { secretArnsOf } from "../shared/secret-arns.ts";
import { makeSecretStore } from "../shared/secret-store.ts";
import { trustedAuthorities } from "../shared/trust.ts";
import { bootstrap } from "./bootstrap.ts";
import { bootstrapEnv } from "./env.ts";
import type { BootstrapSummary } from "./report.ts";

/** Makes a new environment usable; the stack invokes it once database and cache exist. The event's contents do not matter. */
export const handler: (event: unknown) => Promise<BootstrapSummary | undefined> = lazily(() => {
  const env = readEnvironment(bootstrapEnv, process.env);
  const log = makeLog("bootstrap");
  const store = makeSecretStore(secretsManagerClient(), log);
  const authorities = trustedAuthorities();
  const server = mysqlServer({ host: env.DB_HOST, port: env.DB_PORT, authorities });
  const login = cacheLogin({ host: env.CACHE_HOST, port: env.CACHE_PORT, authorities });
  const account = { userId: env.CACHE_USER_ID, timeoutSeconds: env.CACHE_ACTIVE_TIMEOUT_SECONDS };
  const parts = {
    secrets: secretArnsOf(secretPurposes, env),
    binlogRetentionHours: env.BINLOG_RETENTION_HOURS,
    server,
    master: asMaster(server, store, env.DB_MASTER_SECRET_ARN),
    cache: cacheAccount(elastiCacheClient(), login, account),
    store,
    log,
  };
  return () => bootstrap(parts);
});
