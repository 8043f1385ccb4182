import { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterEach, describe, expect, it } from "vitest";
import { mysqlServer } from "../../../../infra/functions/mysql/server.ts";
import { makeSecretStore } from "../../../../infra/functions/shared/secret-store.ts";
import { withMysql, withRedis } from "../../../support/index.ts";
import { withCacheUser } from "../cache-world.ts";
import { withMysqlUser } from "../mysql-world.ts";
import { withLine } from "../network.ts";
import { stepEvent, steps, withSecrets } from "../secrets.ts";
import { withApplicationKeys, withTokenKeys } from "../value-world.ts";

const database = await withMysql();
const cache = await withRedis();
const secrets = await withSecrets({
  modifyCacheUser: ({ userName: name, passwords, accessString }) =>
    cache.setUser({ name, passwords, accessString }),
});
const lines = {
  MySQL: await withLine(database.host, database.port),
  Redis: await withLine(cache.host, cache.port),
  "Secrets Manager": await withLine("127.0.0.1", secrets.aws.port),
  ElastiCache: await withLine("127.0.0.1", secrets.aws.port),
};
/** A client's settings that lead it over a line. */
const over = (line: "Secrets Manager" | "ElastiCache") => ({
  ...secrets.aws.client,
  endpoint: `http://127.0.0.1:${lines[line].port}`,
  maxAttempts: 1,
});
const store = makeSecretStore(new SecretsManagerClient(over("Secrets Manager")), secrets.log);
afterEach(() => {
  for (const line of Object.values(lines)) line.restore();
});

/** What a test needs to know of a secret and its user. The proofs go past the line. */
interface Subject {
  secret: string;
  run(event: unknown): Promise<void>;
  firstWorks(): Promise<boolean>;
  currentWorks(): Promise<boolean>;
}
let count = 0;
const subjects = {
  "a MySQL user": async (): Promise<Subject> => {
    count += 1;
    const through = { ...database, port: lines.MySQL.port };
    const user = await withMysqlUser(through, secrets, { store, name: `n${count}` });
    return {
      ...user,
      firstWorks: () => user.works(user.first),
      currentWorks: async () => user.works(await user.credentials()),
    };
  },
  "the Redis user": async (): Promise<Subject> => {
    const through = { ...cache, port: lines.Redis.port };
    const client = new ElastiCacheClient(over("ElastiCache"));
    const user = await withCacheUser(through, secrets, { client, store });
    return {
      ...user,
      firstWorks: () => user.works(user.first),
      currentWorks: async () => user.works(await user.credentials()),
    };
  },
  "the token keys": (): Promise<Subject> => withTokenKeys(secrets, store),
  "the application's keys": (): Promise<Subject> => withApplicationKeys(secrets, store),
};
const table = [
  ["a MySQL user", "MySQL"],
  ["a MySQL user", "Secrets Manager"],
  ["the Redis user", "Redis"],
  ["the Redis user", "Secrets Manager"],
  ["the Redis user", "ElastiCache"],
  ["the token keys", "Secrets Manager"],
  ["the application's keys", "Secrets Manager"],
] as const;
const rows = table.flatMap(([who, what]) =>
  (["refused", "broken"] as const).map((how) => ({ who, what, how })),
);

/** The steps that cannot do without. */
const needs: Record<keyof typeof lines, readonly string[]> = {
  "Secrets Manager": steps,
  MySQL: steps.slice(1),
  Redis: steps.slice(1),
  ElastiCache: ["setSecret"],
};

describe("R9 network cut", () => {
  it.each(rows)("connections to $what $how while $who rotates", async ({ who, what, how }) => {
    const user = await subjects[who]();
    const token = await secrets.open(user.secret);
    const touched: string[] = [];
    for (const step of steps) {
      lines[what].cut(how);
      const event = stepEvent(user.secret, token, step);
      const failure = await user.run(event).catch((error: unknown) => error);
      if (failure !== undefined) {
        touched.push(step);
        expect(failure).toMatchObject({ name: "Failure", reason: "unreachable", step });
      }
      lines[what].restore();
      expect(await user.firstWorks()).toBe(true);
      await user.run(event); // as Secrets Manager would, once the line is back
    }
    expect(touched).toEqual(needs[what]);
    expect((await secrets.labels(user.secret)).AWSCURRENT).toBe(token);
    expect([await user.currentWorks(), await user.firstWorks()]).toEqual([true, true]);
  });

  it("a server that falls silent costs no more than the time set, at sign-in, in a query and at the end", async () => {
    const patience = { connectMs: 300, queryMs: 300 };
    const address = { host: "localhost", port: lines.MySQL.port, authorities: [database.ca] };
    const server = mysqlServer(address, patience);
    const { username, password } = database.admin;
    const session = await server.login(username, password);
    if (session === "refused") throw new Error("the master user is refused");
    lines.MySQL.cut("silent");
    const started = Date.now();
    await expect(session.query("SELECT 1")).rejects.toMatchObject({ code: "PROTOCOL_SEQUENCE_TIMEOUT" });
    await session.end();
    await expect(server.login(username, password)).rejects.toMatchObject({ code: "ETIMEDOUT" });
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it("no log line holds anything that was ever secret", () => secrets.expectNoLeak());
});
