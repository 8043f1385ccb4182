import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { migrate } from "../../../app/migrations/runner.ts";
import { longestWaitMs, mostWaiting } from "../../../app/platform/database/login-pool.ts";
import { createTrust } from "../../../app/platform/trust.ts";
import { eventually, withOwnMysql } from "../../support/index.ts";
import { bookingBody } from "../support/bookings.ts";
import { addClient, keyed } from "../support/client.ts";
import { silent, type TestApi, withApiFixture } from "../support/fixture.ts";

const [fixture, mysql] = await Promise.all([withApiFixture(), withOwnMysql()]);
const { host, port, admin } = mysql;
await mysql.query("CREATE DATABASE bulwark_audit");
const credentials = { engine: "mysql" as const, host, port, dbname: "bulwark", ...admin };
await migrate("up", { credentials, trust: createTrust([mysql.ca]), logger: silent() });
await addClient(mysql, "bulwark");
await fixture.putSecret("bulwark/test/hanging", credentials);

const start = (changes: Record<string, string> = {}) =>
  fixture.start({ DB_SECRET_ID: "bulwark/test/hanging", ...changes });
/** Stops the server as it stands. Each of its threads takes a moment to notice. */
const hang = async () => {
  const { pid } = mysql.server;
  process.kill(pid, "SIGSTOP");
  await eventually(() =>
    expect(execFileSync("ps", ["-o", "state=", "-p", String(pid)]).toString()).toMatch(/^T/),
  );
};
const goOn = () => process.kill(mysql.server.pid, "SIGCONT");

type Method = "GET" | "POST";
/** A request, and how long its answer took, milliseconds. */
const ask = async (api: TestApi, method: Method = "GET", url = "/v1/bookings?limit=1") => {
  const began = performance.now();
  const payload = method === "POST" ? { payload: bookingBody() } : {};
  const answer = await api.app.inject({ method, url, headers: keyed, ...payload });
  const { statusCode: status } = answer;
  return {
    status,
    body: answer.json(),
    retryAfter: answer.headers["retry-after"],
    took: performance.now() - began,
  };
};
const times = <T>(count: number, one: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => one(index)));

describe("A20 a database that hangs: it takes connections and questions, and answers none", () => {
  it("is found out in seconds, then requests are refused at once; when it goes on, so does the API", async () => {
    const api = await start();
    expect((await ask(api)).status).toBe(200);
    await hang();
    try {
      const first = await times(30, (index) => ask(api, index % 3 === 0 ? "POST" : "GET"));
      expect(new Set(first.map(({ status }) => status))).toEqual(new Set([503]));
      expect(first.filter(({ retryAfter }) => retryAfter === undefined)).toEqual([]);
      expect(Math.max(...first.map(({ took }) => took))).toBeLessThan(4_500);
      // A machine that is busy at that moment gets another try; an API that waits never makes it.
      const next = await eventually(async () => {
        const answers = await times(30, () => ask(api));
        expect(Math.max(...answers.map(({ took }) => took))).toBeLessThan(500);
        return answers;
      });
      expect(new Set(next.map(({ body }) => body.code))).toEqual(new Set(["circuit_open"]));
      expect(next.filter(({ retryAfter }) => retryAfter === undefined)).toEqual([]);
      expect(await api.metrics.text()).toContain('circuit_breaker_open{dependency="database"} 1');
      expect((await ask(api, "GET", "/health/ready")).status).toBe(503);
      expect((await ask(api, "GET", "/health")).status).toBe(200);
    } finally {
      goOn();
    }
    await eventually(async () => {
      expect((await ask(api)).status).toBe(200);
      expect((await ask(api, "GET", "/health/ready")).status).toBe(200);
    });
    expect((await ask(api, "POST")).status).toBe(201);
    expect(api.database.state().breaker).toBe("closed");
  }, 30_000);

  it("in the middle of many changes leaves each of them done or not done, none twice", async () => {
    const api = await start();
    const count = async () => Number((await mysql.query("SELECT COUNT(*) AS n FROM bookings"))[0]?.n);
    const before = await count();
    const running = times(40, async () => (await ask(api, "POST")).status);
    await hang();
    const statuses = await running;
    goOn();
    await eventually(async () => expect((await ask(api)).status).toBe(200));
    const made = statuses.filter((status) => status === 201).length;
    const unknown = statuses.filter((status) => status === 503).length;
    expect(made + unknown).toBe(40);
    const after = (await count()) - before;
    expect(after).toBeGreaterThanOrEqual(made);
    expect(after).toBeLessThanOrEqual(made + unknown);
  }, 30_000);

  it("is not what a slow statement is: others go on, and the breaker stays closed", async () => {
    const api = await start({ DB_POOL_MAX: "2" });
    let running = true;
    const slow = times(2, () => api.database.read((db) => db.run("SELECT SLEEP(?)", [3]))).finally(() => {
      running = false;
    });
    while (running) {
      expect((await ask(api, "GET", "/health/ready")).status).toBe(200);
      expect(api.database.state().breaker).toBe("closed");
    }
    await slow;
    expect((await ask(api)).status).toBe(200);
  }, 30_000);
});

describe("A20 more requests than the database can serve", () => {
  it("wait three seconds and no longer; those beyond the queue are refused at once; readiness stays true", async () => {
    const api = await start({ DB_POOL_MAX: "2", RATE_LIMIT_MAX: "1000000" });
    const { body } = await ask(api, "POST");
    const holder = await mysql.connect(admin, "bulwark");
    await holder.query("LOCK TABLES bookings WRITE");
    const blocked = times(2, () => ask(api, "GET", `/v1/bookings/${body.id}`));
    const waiting = await times(3 * mostWaiting, () => ask(api, "GET", `/v1/bookings/${body.id}`));
    expect(waiting.filter(({ status, retryAfter }) => status !== 503 || retryAfter !== "1")).toEqual([]);
    expect(Math.max(...waiting.map(({ took }) => took))).toBeLessThan(longestWaitMs + 2_000);
    const atOnce = api.lines.filter((line) => JSON.stringify(line.err ?? "").includes("POOL_FULL"));
    expect(atOnce.length).toBeGreaterThanOrEqual(mostWaiting - 2);
    expect((await ask(api, "GET", "/health/ready")).status).toBe(200);
    await holder.query("UNLOCK TABLES");
    expect((await blocked).map(({ status }) => status)).toEqual([200, 200]);
  }, 30_000);
});
