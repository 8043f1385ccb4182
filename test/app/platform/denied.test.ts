import { describe, expect, it } from "vitest";
import { logEvents } from "../../../app/contract/log-events.ts";
import { bookingBody } from "../support/bookings.ts";
import { keyed } from "../support/client.ts";
import { type TestApi, withApiFixture } from "../support/fixture.ts";

const fixture = await withApiFixture();
const schema = fixture.login.dbname;

/** An API with a user of its own, whose rights and account a test changes under it. */
const withUser = async (name: string, changes: Record<string, string> = {}) => {
  const login = await fixture.addUser(name);
  const id = `bulwark/test/${name}`;
  await fixture.putSecret(id, login);
  // Not started: it would poll, on a connection that keeps the rights of now.
  const api = await fixture.create({ DB_SECRET_ID: id, SECRETS_REFRESH_SECONDS: "86400", ...changes });
  return { api, id, login, account: `'${login.username}'@'%'` };
};
const write = async (api: TestApi) => {
  const answer = await api.app.inject({
    method: "POST",
    url: "/v1/bookings",
    headers: keyed,
    payload: bookingBody(),
  });
  return answer.statusCode;
};
const read = async (api: TestApi) =>
  (await api.app.inject({ url: "/v1/bookings?limit=1", headers: keyed })).statusCode;
const several = (ask: (api: TestApi) => Promise<number>, api: TestApi) =>
  Promise.all(Array.from({ length: 12 }, () => ask(api)));
const twelve = (status: number) => Array.from({ length: 12 }, () => status);

describe("R7 rights that come after the connection", () => {
  it("MySQL does not give them to a connection that is open: it keeps those its user had on the schema", async () => {
    const login = await fixture.addUser("early");
    await fixture.mysql.query(`REVOKE INSERT ON ${schema}.* FROM ?@'%'`, [login.username]);
    const early = await fixture.mysql.connect(login, schema);
    await fixture.mysql.query(`GRANT INSERT ON ${schema}.* TO ?@'%'`, [login.username]);
    const insert = "INSERT INTO organisations (id, name) VALUES (UUID_TO_BIN(UUID()), 'early')";
    await expect(early.query(insert)).rejects.toMatchObject({ code: "ER_TABLEACCESS_DENIED_ERROR" });
    const later = await fixture.mysql.connect(login, schema);
    await expect(later.query(insert)).resolves.toBeDefined();
  });

  it.each([
    ["reads", "SELECT", read, 200],
    ["changes", "INSERT", write, 201],
  ] as const)(
    "the API's %s get them at once, on new connections, with no request lost",
    async (_, right, ask, done) => {
      const { api, account } = await withUser(`late_${right}`.toLowerCase());
      await fixture.mysql.query(`REVOKE ${right} ON ${schema}.* FROM ${account}`);
      expect(await several(ask, api)).toEqual(twelve(503));
      await fixture.mysql.query(`GRANT ${right} ON ${schema}.* TO ${account}`);
      expect(await several(ask, api)).toEqual(twelve(done));
    },
  );

  it("a right that is missing for good is 503, and asks for new connections once a second at most", async () => {
    const { api, account } = await withUser("lacking");
    await fixture.mysql.query(`REVOKE INSERT ON ${schema}.* FROM ${account}`);
    const began = performance.now();
    while (performance.now() - began < 2_500) expect(await several(write, api)).toEqual(twelve(503));
    const seconds = (performance.now() - began) / 1_000;
    const swaps = Number(/db_pool_swaps_total\{outcome="taken"\} (\d+)/.exec(await api.metrics.text())?.[1]);
    expect(swaps).toBeGreaterThan(0);
    expect(swaps).toBeLessThanOrEqual(seconds + 1);
    expect(await read(api)).toBe(200);
  }, 30_000);

  it.each([
    ["locked", "ALTER USER %s ACCOUNT LOCK", "ALTER USER %s ACCOUNT UNLOCK"],
    [
      "without_any",
      `REVOKE ALL ON ${schema}.* FROM %s`,
      `GRANT SELECT, INSERT, UPDATE, DELETE ON ${schema}.* TO %s`,
    ],
    [
      "with_another_password",
      "ALTER USER %s IDENTIFIED BY 'somebody-elses-password'",
      "ALTER USER %s IDENTIFIED BY '%p'",
    ],
  ])("an account %s is 503, not 500, and serves as soon as it is fixed", async (name, spoil, fix) => {
    const { api, account, login } = await withUser(name, { DB_POOL_MIN: "0" });
    const run = (sql: string) =>
      fixture.mysql.query(sql.replace("%s", account).replace("%p", login.password));
    await run(spoil);
    expect(await several(write, api)).toEqual(twelve(503));
    await run(fix);
    expect(await several(write, api)).toEqual(twelve(201));
  });
});

describe("R10 a password changed behind the stack's back", () => {
  it("is counted and told while open connections still serve, and no more once it is fixed", async () => {
    const { api, account, login, id } = await withUser("behind");
    await api.database.warm();
    expect(await read(api)).toBe(200);
    await fixture.mysql.query(`ALTER USER ${account} IDENTIFIED BY 'somebody-elses-password'`);
    await api.database.warm();
    expect(await read(api)).toBe(200);
    const refused = async () =>
      Number(/secret_refused_total\{secret="db-app"\} (\d+)/.exec(await api.metrics.text())?.[1]);
    expect(await refused()).toBeGreaterThan(0);
    const told = api.lines.filter(({ event }) => event === logEvents.secretRefused.event);
    expect(told).toEqual([
      expect.objectContaining({ ...logEvents.secretRefused, level: "error", secretId: id }),
    ]);
    expect(JSON.stringify(api.lines)).not.toContain(login.password);
    await fixture.mysql.query(`ALTER USER ${account} IDENTIFIED BY '${login.password}'`);
    const before = await refused();
    await api.database.warm();
    expect(await refused()).toBe(before);
  });
});
