import { describe, expect, it } from "vitest";
import type { MysqlServer } from "../../../../infra/functions/mysql/server.ts";
import { fillAround, withLimitedMysql } from "../limited-mysql.ts";
import { type TestMysqlUser, withMysqlUser } from "../mysql-world.ts";
import { withSecrets } from "../secrets.ts";

const database = await withLimitedMysql();
const secrets = await withSecrets();

/** Statements that change an account. */
const changes = /^(CREATE|ALTER|GRANT|REVOKE)\b/;

/** Counts the changes on their way to the server; before the one that is chosen, something happens. */
const watched = () => {
  let seen: string[] = [];
  let plan: { at: number; happens: () => Promise<void> } | undefined;
  const wrap = (server: MysqlServer): MysqlServer => ({
    ...server,
    login: async (user, password) => {
      const session = await server.login(user, password);
      if (session === "refused") return session;
      return {
        end: () => session.end(),
        query: async (sql, values) => {
          if (changes.test(sql)) {
            seen.push(sql.split(" ").slice(0, 2).join(" "));
            if (plan?.at === seen.length) await plan.happens();
          }
          return session.query(sql, values);
        },
      };
    },
  });
  return {
    wrap,
    before: (at: number, happens: () => Promise<void>) => {
      [seen, plan] = [[], { at, happens }];
    },
    seen: () => seen,
    rest: () => {
      [seen, plan] = [[], undefined];
    },
  };
};
const watch = watched();

let count = 0;
const freshUser = (): Promise<TestMysqlUser> => {
  count += 1;
  return withMysqlUser(database, secrets, { wrap: watch.wrap, name: `f${count}` });
};
const withClone = async (): Promise<TestMysqlUser> => {
  const user = await freshUser();
  for (const _round of [1, 2]) await user.rotate();
  return user;
};

/** What fails when the disk is full from the n-th change on, and what a rotation of this kind changes. */
const kinds = {
  "a user that has no clone yet": { make: freshUser, expected: ["CREATE USER", "GRANT SELECT,"] },
  // The row of an account has room for another password: nothing grows, and the rotation goes through.
  "a user whose clone exists": { make: withClone, expected: ["ALTER USER"] },
};

for (const [kind, { make, expected }] of Object.entries(kinds)) {
  describe(`R9 the server's disk is full while ${kind} rotates`, () => {
    it.each(expected.map((what, index) => ({ what, at: index + 1 })))(
      "from before $what (change no. $at) on",
      async ({ what, at }) => {
        const user = await make();
        const before = await user.credentials();
        const alternate = before.username === user.base ? user.clone : user.base;
        let free = async (): Promise<void> => {};
        watch.before(at, async () => {
          free = await fillAround(database, alternate);
        });
        await user.rotate();
        expect(watch.seen()[at - 1]).toBe(what);
        watch.rest();
        const failure = secrets.aws.rotationFailure(user.secret);
        const fits = kind === "a user whose clone exists";
        if (fits) expect(failure).toBeUndefined();
        else {
          expect(failure).toMatchObject({ step: "setSecret", error: expect.stringContaining("(disk-full)") });
          expect(await user.credentials()).toEqual(before);
        }
        expect(await user.works(before)).toBe(true);
        expect(await user.works(await user.credentials())).toBe(true);

        await free();
        await user.rotate().catch((error: unknown) => {
          if (!String(error).includes("will be reattempted")) throw error;
        });
        await secrets.aws.settled();
        expect(secrets.aws.rotationFailure(user.secret)).toBeUndefined();
        const after = await user.credentials();
        expect(after.password).not.toBe(before.password);
        expect(await user.works(after)).toBe(true);
        expect(await user.grants(user.clone)).toEqual(await user.grants(user.base));
      },
    );
  });
}

describe("R9 over all full disks", () => {
  it("no log line holds anything that was ever secret", () => secrets.expectNoLeak());
});
