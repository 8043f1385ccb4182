import { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { applicationAccess } from "../../../app/contract/cache-access.ts";
import { cacheUser as userName } from "../../../app/contract/database-users.ts";
import { type CacheCredentials, cacheCredentials } from "../../../app/contract/secret-values.ts";
import { cacheAccount } from "../../../infra/functions/redis/cache-account.ts";
import { type CacheLogin, cacheLogin } from "../../../infra/functions/redis/login.ts";
import { cacheUser } from "../../../infra/functions/rotation/cache-user.ts";
import { rotationFunction } from "../../../infra/functions/rotation/function.ts";
import { stepsFor } from "../../../infra/functions/rotation/machine.ts";
import type { TestRedis } from "../../support/index.ts";
import type { TestSecrets } from "./secrets.ts";

let made = 0;

/** The API's user in ElastiCache and on the real server, with its secret and the function that rotates it. */
export const withCacheUser = async (
  cache: TestRedis,
  secrets: TestSecrets,
  options: { client?: ElastiCacheClient; login?: CacheLogin; store?: TestSecrets["store"] } = {},
) => {
  made += 1;
  const userId = `api-${made}`;
  const { host, port, ca } = cache;
  const store = options.store ?? secrets.store;
  const first: CacheCredentials = { username: userName, password: `first-password-${made}`.padEnd(20, "-") };
  await secrets.aws.cacheUsers.CreateUser({
    UserId: userId,
    UserName: userName,
    Engine: "redis",
    AccessString: applicationAccess,
    Passwords: [first.password],
  });
  const client = new ElastiCacheClient({ ...secrets.aws.client, maxAttempts: 1 });
  const login = cacheLogin({ host, port, authorities: [ca] });
  const limits = { userId, timeoutSeconds: 30, intervalMs: 20 };
  await cacheAccount(client, login, limits).settled();
  const account = cacheAccount(options.client ?? client, options.login ?? login, limits);
  const secret = await secrets.create(userId, first);
  const functionFor = (arn: string) =>
    rotationFunction(
      new Map([[arn, stepsFor(arn, cacheUser(userName, account), store)]]),
      store,
      secrets.log,
    );
  const run = functionFor(secret);
  secrets.functions.set(secrets.functionArn(userId), run);
  const credentials = async (stage?: string) => cacheCredentials.parse(await secrets.value(secret, stage));
  const works = async (value: CacheCredentials) =>
    (await login(value.username, value.password)) === "accepted";
  const rotate = () => secrets.rotate(secret, userId);
  return {
    userId,
    secret,
    first,
    client,
    login,
    functionFor,
    run,
    credentials,
    works,
    rotate,
  };
};
export type TestCacheUser = Awaited<ReturnType<typeof withCacheUser>>;
