import { PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { describe, expect, it } from "vitest";
import { withMysql, withRedis } from "../../../support/index.ts";
import { withCacheUser } from "../cache-world.ts";
import { withMysqlUser } from "../mysql-world.ts";
import { stepEvent, steps, withSecrets } from "../secrets.ts";

const [cache, database] = await Promise.all([withRedis(), withMysql()]);
const secrets = await withSecrets({
  modifyCacheUser: ({ userName: name, passwords, accessString }) =>
    cache.setUser({ name, passwords, accessString }),
});
const cacheUser = await withCacheUser(cache, secrets);
const mysqlUser = await withMysqlUser(database, secrets);
const users = { cache: cacheUser, mysql: mysqlUser };
type User = keyof typeof users;

type Value = { SecretString: string } | { SecretBinary: Buffer };
const json = (value: unknown): Value => ({ SecretString: JSON.stringify(value) });
const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const cacheValue = (password: string): Value => json({ ...cacheUser.first, password });

/** Puts a value under AWSPENDING by hand, and takes the first steps of the rotation. @returns the failure */
const rotateTo = async (user: User, value: Value, from: (typeof steps)[number] = "createSecret") => {
  const { secret, run } = users[user];
  const token = await secrets.open(secret);
  const at = { SecretId: secret, ClientRequestToken: token, VersionStages: ["AWSPENDING"] };
  await secrets.client.send(new PutSecretValueCommand({ ...at, ...value }));
  for (const step of steps.slice(steps.indexOf(from))) {
    const failure = await run(stepEvent(secret, token, step)).catch((error: unknown) => error);
    if (failure instanceof Error) return failure;
  }
  throw new Error("the rotation went through");
};
/** The next rotation goes through. */
const rotatesAgain = async (user: User): Promise<void> => {
  const { secret, rotate } = users[user];
  const token = await rotate();
  expect(secrets.aws.rotationFailure(secret)).toBeUndefined();
  expect((await secrets.labels(secret)).AWSCURRENT).toBe(token);
};

const deep = { SecretString: nested(5_000) };
const rows: [string, Value, (typeof steps)[number]][] = [
  ...steps.map((step): [string, Value, typeof step] => ["5,000 levels", deep, step]),
  ["5,000 levels in a member", { SecretString: `{"password":${nested(5_000)}}` }, "createSecret"],
  ["30,000 levels", { SecretString: nested(30_000) }, "setSecret"],
  ["no JSON", { SecretString: "password-that-is-long-enough" }, "createSecret"],
  ["cut-off JSON", { SecretString: '{"password":"password-that-is-' }, "testSecret"],
  ["JSON of another kind", json(null), "finishSecret"],
  ["another shape", json({ username: 7 }), "setSecret"],
  [
    "thousands of unknown members",
    json(Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`m${n}`, n]))),
    "testSecret",
  ],
  ["one text that fills the secret", json({ more: "x".repeat(65_000) }), "createSecret"],
  ["bytes", { SecretBinary: Buffer.from([0, 255, 254, 128]) }, "testSecret"],
  ["half a character (a lone surrogate)", cacheValue(`\udc00${"a".repeat(20)}`), "createSecret"],
  ["a NUL", cacheValue(`${"a".repeat(20)}\0`), "setSecret"],
  ["a password too long", cacheValue("a".repeat(129)), "setSecret"],
];

describe("R1 a pending value that can never be finished is dropped, and the next rotation works:", () => {
  it.each(rows)("%s", async (_, value, step) => {
    const failure = await rotateTo("cache", value, step);
    expect(failure).toMatchObject({ reason: "malformed-value", step });
    expect(failure.message.length).toBeLessThan(1_000);
    expect((await secrets.labels(cacheUser.secret)).AWSPENDING).toBeUndefined();
    await rotatesAgain("cache");
  });

  it("a password that ElastiCache does not take", async () => {
    const failure = await rotateTo("cache", cacheValue("password/with@signs"));
    expect(failure).toMatchObject({ reason: "value-refused", step: "setSecret" });
    await rotatesAgain("cache");
  });

  it("a password that MySQL does not take, on a server that remembers old ones", async () => {
    const used = "used-before-in-this-account";
    await mysqlUser.rotate();
    await database.query("ALTER USER ?@'%' PASSWORD HISTORY 5", [mysqlUser.base]);
    for (const password of [used, "another-one-in-between"])
      await database.query("ALTER USER ?@'%' IDENTIFIED BY ?", [mysqlUser.base, password]);
    const failure = await rotateTo("mysql", json({ ...mysqlUser.first, password: used }));
    expect(failure).toMatchObject({ reason: "value-refused", step: "setSecret" });
    await rotatesAgain("mysql");
    await rotatesAgain("mysql");
    await rotatesAgain("mysql");
  });
});
