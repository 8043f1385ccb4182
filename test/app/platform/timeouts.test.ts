import { describe, expect, it } from "vitest";
import { apiEnv } from "../../../app/contract/env.ts";
import { eventually } from "../../support/index.ts";
import { bookingBody } from "../support/bookings.ts";
import { keyed } from "../support/client.ts";
import { type TestApi, withApiFixture } from "../support/fixture.ts";

const fixture = await withApiFixture();
const read = (api: TestApi, id: string) => api.app.inject({ url: `/v1/bookings/${id}`, headers: keyed });
const make = async (api: TestApi) =>
  (
    await api.app.inject({ method: "POST", url: "/v1/bookings", headers: keyed, payload: bookingBody() })
  ).json();
/** Ids of the API's connections, which MySQL gives in rising order. */
const connections = async () => {
  const rows = await fixture.mysql.query("SELECT id FROM information_schema.processlist WHERE user = ?", [
    fixture.login.username,
  ]);
  return rows.map(({ id }) => Number(id));
};

describe("A20 limits of time and number", () => {
  it("defaults are 30 s a request, 10 s a query, a pool of 2 to 10", () => {
    expect(apiEnv.parse(fixture.env)).toMatchObject({
      REQUEST_TIMEOUT_MS: 30_000,
      DB_QUERY_TIMEOUT_MS: 10_000,
      DB_POOL_MIN: 2,
      DB_POOL_MAX: 10,
    });
  });

  it("a query over its limit is given up as 504, its connection is replaced, and the next query works", async () => {
    const api = await fixture.start({ DB_QUERY_TIMEOUT_MS: "300", DB_POOL_MAX: "1", DB_POOL_MIN: "1" });
    const { id } = await make(api);
    const holder = await fixture.mysql.connect(fixture.mysql.admin);
    await holder.query(`LOCK TABLES ${fixture.login.dbname}.bookings WRITE`);
    const started = performance.now();
    const late = await read(api, id);
    const took = performance.now() - started;
    await holder.query("UNLOCK TABLES");
    expect(late.json()).toMatchObject({ status: 504, code: "timeout" });
    expect(took).toBeLessThan(3_000);
    expect((await read(api, id)).statusCode).toBe(200);
  });

  it("a change that waits for a lock is given up as 504, and undone", async () => {
    const api = await fixture.start({ DB_QUERY_TIMEOUT_MS: "500" });
    const { id } = await make(api);
    const holder = await fixture.mysql.connect(fixture.mysql.admin);
    await holder.query("BEGIN");
    await holder.query(
      `SELECT id FROM ${fixture.login.dbname}.bookings WHERE id = UUID_TO_BIN(?) FOR UPDATE`,
      [id],
    );
    const late = await api.app.inject({
      method: "PATCH",
      url: `/v1/bookings/${id}`,
      headers: keyed,
      payload: { version: 1, notes: "too late" },
    });
    await holder.query("ROLLBACK");
    expect(late.json()).toMatchObject({ status: 504, code: "timeout" });
    expect((await read(api, id)).json()).toMatchObject({ version: 1, notes: "by the window" });
  });

  it("a change whose body is there has the request's limit as well: 504, however long its query may take", async () => {
    const api = await fixture.start({ REQUEST_TIMEOUT_MS: "500" });
    const url = await api.app.listen({ host: "127.0.0.1", port: 0 });
    const holder = await fixture.mysql.connect(fixture.mysql.admin);
    await holder.query(`LOCK TABLES ${fixture.login.dbname}.bookings WRITE`);
    const headers = { ...keyed, "content-type": "application/json" };
    const body = JSON.stringify(bookingBody());
    const late = await fetch(`${url}/v1/bookings`, {
      method: "POST",
      headers,
      body,
      signal: AbortSignal.timeout(5_000),
    }).finally(() => holder.query("UNLOCK TABLES"));
    expect(await late.json()).toMatchObject({ status: 504, code: "timeout" });
  });

  it("a change that the server does not stop is given up by the client, as 504", async () => {
    const api = await fixture.start({ DB_QUERY_TIMEOUT_MS: "300" });
    const holder = await fixture.mysql.connect(fixture.mysql.admin);
    await holder.query(`LOCK TABLES ${fixture.login.dbname}.bookings WRITE`);
    const options = { method: "POST", url: "/v1/bookings", headers: keyed, payload: bookingBody() } as const;
    const late = await api.app.inject(options);
    await holder.query("UNLOCK TABLES");
    expect(late.json()).toMatchObject({ status: 504, code: "timeout" });
    expect((await api.app.inject(options)).statusCode).toBe(201);
  });

  it("a connection that is cut in the middle of a transaction is 503, and the next one works", async () => {
    const api = await fixture.start();
    const { id } = await make(api);
    const holder = await fixture.mysql.connect(fixture.mysql.admin);
    await holder.query("BEGIN");
    await holder.query(
      `SELECT id FROM ${fixture.login.dbname}.bookings WHERE id = UUID_TO_BIN(?) FOR UPDATE`,
      [id],
    );
    const options = {
      method: "PATCH",
      url: `/v1/bookings/${id}`,
      headers: keyed,
      payload: { version: 1, notes: "cut" },
    } as const;
    const cut = api.app.inject(options);
    // A user may end its own connections.
    const killer = await fixture.mysql.connect(fixture.login);
    await eventually(async () => {
      const [waiting] = await fixture.mysql.query(
        "SELECT id FROM information_schema.processlist WHERE user = ? AND info LIKE 'select%for update'",
        [fixture.login.username],
      );
      await killer.query(`KILL ${waiting?.ID ?? waiting?.id}`);
    });
    expect((await cut).json()).toMatchObject({ status: 503, code: "unavailable" });
    await holder.query("ROLLBACK");
    expect((await api.app.inject(options)).json()).toMatchObject({ version: 2, notes: "cut" });
  });

  it("the pool opens its maximum and no more, however many ask", async () => {
    // Connections of the tests above may still be closing.
    const last = Math.max(0, ...(await connections()));
    const api = await fixture.start({ DB_POOL_MAX: "3" });
    const { id } = await make(api);
    const answers = await Promise.all(Array.from({ length: 60 }, () => read(api, id)));
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
    expect((await connections()).filter((id) => id > last)).toHaveLength(3);
  });

  it("statements with values are prepared on the server, once for each connection", async () => {
    const api = await fixture.start({ DB_POOL_MAX: "1", DB_POOL_MIN: "1" });
    const { id } = await make(api);
    const executed = async () => {
      const [row] = await fixture.mysql.query("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'");
      const [made] = await fixture.mysql.query("SHOW GLOBAL STATUS LIKE 'Com_stmt_prepare'");
      return { executed: Number(row?.Value), prepared: Number(made?.Value) };
    };
    await read(api, id);
    const before = await executed();
    for (let turn = 0; turn < 10; turn++) await read(api, id);
    const after = await executed();
    // The server is shared with other files: at least ours were executed, and not each of them prepared.
    expect(after.executed - before.executed).toBeGreaterThanOrEqual(10);
    expect(after.prepared - before.prepared).toBeLessThan(after.executed - before.executed);
  });

  it("a request that the database has no connection for is 503 in three seconds, not a wait without end", async () => {
    const api = await fixture.start({ DB_POOL_MAX: "1", DB_POOL_MIN: "1" });
    const { id } = await make(api);
    const holder = await fixture.mysql.connect(fixture.mysql.admin);
    await holder.query(`LOCK TABLES ${fixture.login.dbname}.bookings WRITE`);
    const blocked = read(api, id);
    await eventually(async () =>
      expect(await api.metrics.text()).toContain('db_pool_connections{state="in_use"} 1'),
    );
    const waiting = await read(api, id);
    await holder.query("UNLOCK TABLES");
    expect(waiting.json()).toMatchObject({ status: 503, code: "unavailable" });
    expect((await blocked).statusCode).toBe(200);
  });
});

describe("A20 a database that is away", () => {
  it("is found out once; then requests are refused at once, until it is back", async () => {
    await fixture.putSecret("bulwark/test/away", { ...fixture.login, port: 1 });
    const api = await fixture.start({ DB_SECRET_ID: "bulwark/test/away" });
    const codes = [];
    for (let turn = 0; turn < 8; turn++)
      codes.push((await read(api, "01890000-0000-7000-8000-000000000000")).json().code);
    expect(codes.slice(0, 4)).toEqual(["unavailable", "unavailable", "unavailable", "unavailable"]);
    expect(codes.slice(-2)).toEqual(["circuit_open", "circuit_open"]);
    expect(await api.metrics.text()).toContain('circuit_breaker_open{dependency="database"} 1');
    await fixture.putSecret("bulwark/test/away", fixture.login);
  });
});
