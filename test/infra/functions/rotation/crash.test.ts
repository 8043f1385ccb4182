import { beforeAll, describe, expect, it } from "vitest";
import { cacheLogin } from "../../../../infra/functions/redis/login.ts";
import { withMysql, withRedis } from "../../../support/index.ts";
import { withCacheUser } from "../cache-world.ts";
import { withMysqlUser } from "../mysql-world.ts";
import { crashTable, saboteur } from "../saboteur.ts";
import { withSecrets } from "../secrets.ts";
import { withApplicationKeys, withTokenKeys } from "../value-world.ts";

const database = await withMysql();
const cache = await withRedis();
const secrets = await withSecrets({
  modifyCacheUser: ({ userName: name, passwords, accessString }) =>
    cache.setUser({ name, passwords, accessString }),
});
const killer = saboteur();
const store = killer.store(secrets.aws, secrets.log);

/** A secret to be rotated under the saboteur, with the proof that its current value works. */
interface Subject {
  secret: string;
  functionName: string;
  currentWorks(): Promise<boolean>;
}

let count = 0;
const subjects = {
  "a MySQL user": async (): Promise<Subject> => {
    count += 1;
    const user = await withMysqlUser(database, secrets, { wrap: killer.mysql, store, name: `c${count}` });
    const currentWorks = async () => user.works(await user.credentials());
    return { secret: user.secret, functionName: user.base, currentWorks };
  },
  "a MySQL user whose clone exists": async (): Promise<Subject> => {
    const subject = await subjects["a MySQL user"]();
    for (const _round of [1, 2]) await secrets.rotate(subject.secret, subject.functionName);
    killer.heal();
    return subject;
  },
  "the Redis user": async (): Promise<Subject> => {
    const { host, port, ca } = cache;
    const login = killer.cacheLogin(cacheLogin({ host, port, authorities: [ca] }));
    const user = await withCacheUser(cache, secrets, {
      client: killer.elastiCache(secrets.aws),
      login,
      store,
    });
    const currentWorks = async () => user.works(await user.credentials());
    return { secret: user.secret, functionName: user.userId, currentWorks };
  },
  "the token keys": (): Promise<Subject> => withTokenKeys(secrets, store),
  "the application's keys": (): Promise<Subject> => withApplicationKeys(secrets, store),
};

/** What Secrets Manager does with a rotation that broke off, and what a person may do instead. */
const recoveries = {
  /** RotateSecret again: the same version from createSecret on. (When it was finished after all: a new one.) */
  resumed: async ({ secret, functionName }: Subject): Promise<void> => {
    await secrets.rotate(secret, functionName).catch((error: unknown) => {
      if (!String(error).includes("will be reattempted")) throw error;
    });
    await secrets.aws.settled();
  },
  /** The label is taken off by hand, and a new rotation begins. */
  anew: async ({ secret, functionName }: Subject): Promise<void> => {
    await secrets.close(secret);
    await secrets.rotate(secret, functionName);
  },
};

let cases = 0;
for (const [name, make] of Object.entries(subjects)) {
  const trial = await make();
  killer.heal();
  await secrets.rotate(trial.secret, trial.functionName);
  const calls = killer.calls();
  const table = crashTable(calls);
  killer.heal();

  describe(`R9 rotation of ${name}, killed at every call`, () => {
    it(`makes ${calls.length} calls to the outside`, () => {
      expect(table.filter(({ changes }) => changes).length).toBeGreaterThanOrEqual(3); // before the first of two, after each
    });
    for (const [recovery, recover] of Object.entries(recoveries)) {
      // Both ways back around every change; where nothing changes, the usual one, of two kinds that stand for all.
      const looks = recovery === "resumed" && (name === "a MySQL user" || name === "the Redis user");
      const rows = table.filter(({ changes }) => changes || looks);
      it.each(rows)(`$moment $what no. $occurrence, then ${recovery}`, async (row) => {
        const subject = await make();
        const before = await secrets.labels(subject.secret);
        killer.kill(row);
        await secrets.rotate(subject.secret, subject.functionName);
        expect(killer.heal()).toBe(true);
        expect(await subject.currentWorks()).toBe(true);

        await recover(subject);
        expect(secrets.aws.rotationFailure(subject.secret)).toBeUndefined();
        const after = await secrets.labels(subject.secret);
        expect(after.AWSCURRENT).not.toBe(before.AWSCURRENT);
        expect([undefined, after.AWSCURRENT]).toContain(after.AWSPENDING);
        expect(await subject.currentWorks()).toBe(true);
        cases += 1;
      });
    }
  });
}

describe("R9 over all crashes", () => {
  beforeAll(() => expect(cases).toBeGreaterThan(80));
  it("no log line holds anything that was ever secret", () => secrets.expectNoLeak());
});
