import { describe, expect, it } from "vitest";
import { paths } from "../../../app/contract/endpoints.ts";
import { eventually } from "../../support/index.ts";
import { keyed } from "../support/client.ts";
import { withApiFixture } from "../support/fixture.ts";
import { restartableMysql, restartableRedis } from "../support/restartable.ts";

const fixture = await withApiFixture();
const api = await fixture.start();
const probe = async (path: string, from = api) => {
  const answer = await from.app.inject({ url: path });
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers };
};
const manage = (path: string) => api.management.inject({ url: path });

describe("A17 probes", () => {
  it("/health says the process is alive, and asks nobody", async () => {
    expect(await probe(paths.live)).toMatchObject({ status: 200, body: { status: "alive" } });
  });

  it("/health/startup is 503 until start-up has finished", async () => {
    const starting = await fixture.create();
    const before = await probe(paths.startup, starting);
    expect(before).toMatchObject({ status: 503, body: { code: "unavailable" } });
    expect(await probe(paths.ready, starting)).toMatchObject({ status: 503, body: { code: "unavailable" } });
    starting.health.start();
    expect(await probe(paths.startup, starting)).toMatchObject({ status: 200, body: { status: "started" } });
  });

  it.each([paths.ready, paths.readiness])("%s says ready, and no more", async (path) => {
    expect(await probe(path)).toMatchObject({ status: 200, body: { status: "ready" } });
    expect(Object.keys((await probe(path)).body)).toEqual(["status"]);
  });

  it("a process that is shutting down is not ready", async () => {
    const stopping = await fixture.start();
    stopping.health.stop();
    const { status, body, headers } = await probe(paths.ready, stopping);
    expect(status).toBe(503);
    expect(body).toMatchObject({ code: "unavailable" });
    expect(headers["retry-after"]).toBe("1");
    expect((await probe(paths.live, stopping)).status).toBe(200);
  });

  it("many who ask at once cost one question to the database", async () => {
    const questions = async () => {
      const text = await api.metrics.text();
      return Number(/db_query_duration_seconds_count\{statement="SELECT"\} (\d+)/.exec(text)?.[1] ?? 0);
    };
    const before = await questions();
    await Promise.all(Array.from({ length: 100 }, () => probe(paths.ready)));
    expect((await questions()) - before).toBeLessThanOrEqual(2);
  });
});

describe("A17 management listener", () => {
  it("/status and /metrics are there, and only there", async () => {
    expect((await manage(paths.status)).statusCode).toBe(200);
    expect((await manage(paths.metrics)).statusCode).toBe(200);
    expect((await probe(paths.status)).status).toBe(404);
    expect((await probe(paths.metrics)).status).toBe(404);
    expect((await manage("/v1/bookings")).statusCode).toBe(404);
  });

  it("/status tells version, memory, dependencies, breakers and migrations", async () => {
    expect((await manage(paths.status)).json()).toMatchObject({
      service: "bulwark-api",
      version: "0.0.0",
      environment: "test",
      uptimeSeconds: expect.any(Number),
      memory: { rss: expect.any(Number) },
      dependencies: { database: { status: "up", user: fixture.login.username }, cache: { status: "up" } },
      breakers: { database: "closed" },
      secrets: {
        "db-app": { version: expect.any(String), readSecondsAgo: expect.any(Number), failing: false },
        "app-keys": { failing: false },
      },
      signingKeys: { signing: expect.any(String), accepted: [expect.any(String)] },
      migrations: { applied: expect.arrayContaining(["0002-bookings"]), pending: [] },
    });
  });

  it("/metrics has durations by route, statements, pool and limits", async () => {
    await api.app.inject({ url: "/v1/bookings", headers: keyed });
    const text = (await manage(paths.metrics)).body;
    for (const series of [
      'http_request_duration_seconds_bucket{le="0.01",method="GET",route="/v1/bookings",status="200"}',
      'db_query_duration_seconds_count{statement="select"}',
      'db_pool_connections{state="in_use"}',
      "rate_limit_store_up 1",
      'circuit_breaker_open{dependency="database"} 0',
      'secret_age_seconds{secret="db-app"}',
      'secret_version_age_seconds{secret="jwt"}',
      'secret_refresh_failures_total{secret="cache"} 0',
      'secret_switches_total{secret="app-keys"} 0',
    ]) {
      expect(text).toContain(series);
    }
  });
});

describe("A17 with a dependency away", () => {
  it("without Redis it stays ready, and /status says that it is degraded; with it, ready again", async () => {
    const redis = await restartableRedis(fixture.cacheLogin);
    const lonely = await fixture.start({ REDIS_PORT: String(redis.port) });
    const state = async () => {
      const told = (await lonely.management.inject({ url: paths.status })).json();
      return [(await probe(paths.ready, lonely)).status, told.status, told.dependencies.cache.status];
    };
    expect(await state()).toEqual([200, "ready", "up"]);
    await redis.stop();
    await eventually(async () => expect(await state()).toEqual([200, "degraded", "down"]));
    await redis.start();
    await eventually(async () => expect(await state()).toEqual([200, "ready", "up"]));
  });

  it("without the database it is 503 and tells nothing but states; with it, ready again", async () => {
    const login = { ...fixture.login, dbname: "mysql", username: "lonely", password: "password-of-lonely" };
    const mysql = await restartableMysql(login.username, login.password);
    await fixture.putSecret("bulwark/test/lonely", { ...login, port: mysql.port });
    const lonely = await fixture.start({ DB_SECRET_ID: "bulwark/test/lonely" });
    const ready = () => probe(paths.ready, lonely);
    expect((await ready()).status).toBe(200);
    await mysql.stop();
    const { body } = await eventually(async () => {
      const answer = await ready();
      expect(answer.status).toBe(503);
      return answer;
    });
    expect(Object.keys(body).sort()).toEqual(
      ["code", "detail", "requestId", "status", "timestamp", "title", "type"].sort(),
    );
    expect((await lonely.management.inject({ url: paths.status })).json()).toMatchObject({
      status: "unavailable",
      dependencies: { database: { status: "down" } },
    });
    expect((await probe(paths.live, lonely)).status).toBe(200);
    await mysql.start();
    await eventually(async () => expect((await ready()).status).toBe(200));
  });
});
