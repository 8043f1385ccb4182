import { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { cacheUser } from "../../../../app/contract/database-users.ts";
import { type SecretPurpose, secretPurposes } from "../../../../app/contract/secrets.ts";
import { nobodyAccess } from "../../../../infra/cache/access.ts";
import { type BootstrapParts, bootstrap } from "../../../../infra/functions/bootstrap/bootstrap.ts";
import { asMaster } from "../../../../infra/functions/mysql/master.ts";
import { mysqlServer } from "../../../../infra/functions/mysql/server.ts";
import { cacheAccount } from "../../../../infra/functions/redis/cache-account.ts";
import { cacheLogin } from "../../../../infra/functions/redis/login.ts";
import { withOwnMysql, withRedis } from "../../../support/index.ts";
import { saboteur } from "../saboteur.ts";
import { withSecrets } from "../secrets.ts";

export const creationPassword = "password-of-the-creation";

/** A new environment: a MySQL, a Redis with the user that the stack makes, and secrets without a value. */
export const withEnvironment = async (options: Parameters<typeof withOwnMysql>[0] = {}) => {
  const database = await withOwnMysql({ schema: "scratch", ...options });
  const cache = await withRedis();
  const secrets = await withSecrets({
    modifyCacheUser: ({ userName: name, passwords, accessString }) =>
      cache.setUser({ name, passwords, accessString }),
  });
  const killer = saboteur();
  const { host, port, ca, admin } = database;
  const { ARN: masterSecret } = secrets.aws.putManagedSecret({
    name: "rds!db-bootstrap",
    owningService: "rds",
    value: JSON.stringify(admin),
  });
  const server = mysqlServer({ host, port, authorities: [ca] });
  const login = cacheLogin({ host: cache.host, port: cache.port, authorities: [cache.ca] });

  let environments = 0;
  /** Everything as it is right after the stack has made it. */
  const fresh = async (): Promise<Environment> => {
    environments += 1;
    for (const { name, host: from } of await users()) await database.query("DROP USER ?@?", [name, from]);
    for (const schema of ["bulwark", "bulwark_audit"])
      await database.query(`DROP DATABASE IF EXISTS ${schema}`);
    const userId = `api-${environments}`;
    await secrets.aws.cacheUsers.CreateUser({
      UserId: userId,
      UserName: cacheUser,
      Engine: "redis",
      AccessString: nobodyAccess,
      Passwords: [creationPassword],
    });
    const pairs = secretPurposes.map(async (purpose) => [purpose, await secrets.create(purpose)] as const);
    const arns = Object.fromEntries(await Promise.all(pairs)) as Record<SecretPurpose, string>;
    const client = new ElastiCacheClient({ ...secrets.aws.client, maxAttempts: 1 });
    const limits = { userId, timeoutSeconds: 30, intervalMs: 20 };
    await cacheAccount(client, login, limits).settled();
    const store = killer.store(secrets.aws, secrets.log);
    const watched = killer.mysql(server);
    const parts: BootstrapParts = {
      secrets: arns,
      binlogRetentionHours: 168,
      server: watched,
      master: asMaster(watched, store, masterSecret, { timeoutMs: 0, intervalMs: 1 }),
      cache: cacheAccount(killer.elastiCache(secrets.aws), killer.cacheLogin(login), limits),
      store,
      log: secrets.log,
    };
    const value = (purpose: SecretPurpose) => secrets.value(arns[purpose]);
    return { arns, parts, run: (change = {}) => bootstrap({ ...parts, ...change }), value };
  };
  /** The accounts that are not the server's own. */
  const users = () =>
    database.query(
      "SELECT User AS name, Host AS host, ssl_type AS tls, plugin FROM mysql.user WHERE User LIKE 'bulwark%' ORDER BY User",
    );
  const grants = async (user: string): Promise<string[]> =>
    (await database.query(`SHOW GRANTS FOR '${user}'@'%'`)).map((row) => String(Object.values(row)[0]));
  return { database, cache, secrets, killer, login, fresh, users, grants };
};
export interface Environment {
  arns: Record<SecretPurpose, string>;
  parts: BootstrapParts;
  run(change?: Partial<BootstrapParts>): ReturnType<typeof bootstrap>;
  value(purpose: SecretPurpose): Promise<unknown>;
}
