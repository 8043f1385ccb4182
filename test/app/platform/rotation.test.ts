import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { applicationAccess } from "../../../app/contract/cache-access.ts";
import { logEvents } from "../../../app/contract/log-events.ts";
import type { DatabaseCredentials } from "../../../app/contract/secret-values.ts";
import { eventually } from "../../support/index.ts";
import { bookingBody } from "../support/bookings.ts";
import { keyed } from "../support/client.ts";
import { type TestApi, withApiFixture } from "../support/fixture.ts";
import { type LiveClient, listen, present } from "../support/live.ts";

const fixture = await withApiFixture();
const never = { SECRETS_REFRESH_SECONDS: "86400" };
const oftenRead = { SECRETS_REFRESH_SECONDS: "1" };

/** What rotation does to a user: a new password, here for the user that nobody uses now. */
const newPassword = async (login: DatabaseCredentials, password: string): Promise<DatabaseCredentials> => {
  await fixture.mysql.query("ALTER USER ?@'%' IDENTIFIED BY ?", [login.username, password]);
  return { ...login, password };
};

/** Reads and writes without pause until told to stop; counts what was not answered with 2xx. */
const load = (api: TestApi, workers = 12) => {
  let going = true;
  const seen = { requests: 0, failures: [] as string[] };
  const one = async (method: "GET" | "POST", url: string, payload?: object) => {
    const options = { method, url, headers: keyed };
    const answer = await api.app.inject(payload ? { ...options, payload } : options);
    seen.requests++;
    if (answer.statusCode >= 300) seen.failures.push(`${method} ${url} ${answer.statusCode} ${answer.body}`);
    return answer;
  };
  const worker = async () => {
    while (going) {
      const made = await one("POST", "/v1/bookings", bookingBody());
      await one("GET", `/v1/bookings/${made.json().id}`);
      await one("GET", "/v1/bookings?limit=2");
    }
  };
  const running = Promise.all(Array.from({ length: workers }, worker));
  const stop = async () => {
    going = false;
    await running;
    return seen;
  };
  return { seen, stop };
};

describe("R7 a rotated database login", () => {
  it("is taken into use under load, six times over, with no failed request", async () => {
    const api = await fixture.start(oftenRead);
    const users = [fixture.login, await fixture.addUser("app_clone")];
    const running = load(api);
    for (let turn = 1; turn <= 6; turn++) {
      const idle = users[turn % 2] ?? fixture.login;
      const rotated = await newPassword(idle, `password-of-turn-${turn}-abcdef`);
      await fixture.putSecret(fixture.secretIds.db, rotated);
      const before = running.seen.requests;
      await eventually(() => {
        expect(api.database.state().user).toBe(rotated.username);
        expect(running.seen.requests).toBeGreaterThan(before + 20);
      });
    }
    const { requests, failures } = await running.stop();
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(200);
    expect(await api.metrics.text()).toContain('db_pool_swaps_total{outcome="taken"} 6');
  }, 60_000);

  it("leaves no connection of the old login behind", async () => {
    const api = await fixture.start(oftenRead);
    const old = api.database.state().user;
    await api.app.inject({ url: "/v1/bookings", headers: keyed });
    const next = await fixture.addUser("app_next");
    await fixture.putSecret(fixture.secretIds.db, next);
    await eventually(async () => {
      const open = await fixture.mysql.query(
        "SELECT user, COUNT(*) AS count FROM information_schema.processlist WHERE user IN (?, ?) GROUP BY user",
        [old, next.username],
      );
      expect(open.map(({ user }) => user ?? "")).toEqual([next.username]);
    });
  });

  it("is fetched when the old one is refused, and the requests that met the refusal are answered", async () => {
    const login = await fixture.addUser("refused");
    await fixture.putSecret("bulwark/test/refused", login);
    const api = await fixture.start({ ...never, DB_SECRET_ID: "bulwark/test/refused", DB_POOL_MIN: "0" });
    const rotated = await newPassword(login, "password-after-the-fact-1");
    await fixture.putSecret("bulwark/test/refused", rotated);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => api.app.inject({ url: "/v1/bookings?limit=1", headers: keyed })),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 20 }, () => 200));
    const reads = fixture.aws.requests().filter(({ resource }) => resource === "bulwark/test/refused");
    expect(reads.map(({ action }) => action)).toEqual(["GetSecretValue", "GetSecretValue"]);
  });

  it("that does not work is not taken: the old one stays, and the next good one is", async () => {
    const login = await fixture.addUser("careful");
    const id = "bulwark/test/careful";
    await fixture.putSecret(id, login);
    const api = await fixture.start({ ...oftenRead, DB_SECRET_ID: id });
    const failures = async () => {
      const text = await api.metrics.text();
      return Number(/secret_refresh_failures_total{secret="db-app"} (\d+)/.exec(text)?.[1] ?? 0);
    };
    await fixture.putSecret(id, { ...login, password: "not-the-password-at-all" });
    await eventually(async () => expect(await failures()).toBeGreaterThan(0));
    await fixture.putSecret(id, { username: "half a secret" });
    const seen = await failures();
    await eventually(async () => expect(await failures()).toBeGreaterThan(seen));
    expect((await api.app.inject({ url: "/v1/bookings", headers: keyed })).statusCode).toBe(200);
    const good = await fixture.addUser("careful_clone");
    await fixture.putSecret(id, good);
    await eventually(() => expect(api.database.state().user).toBe(good.username));
    const line = api.lines.find(({ event }) => event === logEvents.secretRefreshFailed.event);
    expect(line).toMatchObject({ ...logEvents.secretRefreshFailed, level: "error", secretId: id });
    expect(JSON.stringify(api.lines)).not.toContain("not-the-password-at-all");
  }, 30_000);
});

describe("R7 a rotated cache password", () => {
  const user = (passwords: string[]) =>
    fixture.redis.setUser({ name: fixture.cacheLogin.username, passwords, accessString: applicationAccess });
  const admin = fixture.redis.connect(fixture.redis.admin);
  const disconnectAll = () => admin.call("CLIENT", "KILL", "USER", fixture.cacheLogin.username);

  /** A client of live updates, whose API listens on a connection of its own, hears of a new booking. */
  const hears = async (api: TestApi, { messages }: LiveClient) => {
    const payload = bookingBody({ resource: `told ${randomUUID()}` });
    await api.app.inject({ method: "POST", url: "/v1/bookings", headers: keyed, payload });
    await eventually(() => expect(messages).not.toEqual([]));
  };

  it("is taken into use in the overlap; the connections after it use the new one", async () => {
    const api = await fixture.start(oftenRead);
    const client = await present(await listen(api));
    const next = { ...fixture.cacheLogin, password: "next-password-of-the-cache" };
    await user([next.password, fixture.cacheLogin.password]);
    await fixture.putSecret(fixture.secretIds.cache, next);
    await eventually(() =>
      expect(api.lines).toContainEqual(expect.objectContaining({ secretId: fixture.secretIds.cache })),
    );
    await user([next.password]);
    await disconnectAll();
    await eventually(async () => expect((await api.health.check()).status).toBe("ready"));
    await hears(api, client);
  });

  it("is fetched when the old one is refused", async () => {
    const api = await fixture.start(never);
    const client = await present(await listen(api));
    const next = { ...fixture.cacheLogin, password: "sudden-password-of-the-cache" };
    await fixture.putSecret(fixture.secretIds.cache, next);
    await user([next.password]);
    await disconnectAll();
    await eventually(async () => expect((await api.health.check()).status).toBe("ready"));
    await hears(api, client);
  });
});

describe("R7 without Secrets Manager", () => {
  it("a running API goes on with what it has, and says so", async () => {
    const api = await fixture.start({ ...oftenRead });
    await fixture.aws.stop();
    await eventually(() =>
      expect(api.lines).toContainEqual(expect.objectContaining({ ...logEvents.secretRefreshFailed })),
    );
    expect((await api.app.inject({ url: "/v1/bookings", headers: keyed })).statusCode).toBe(200);
    expect(await api.metrics.text()).toMatch(/secret_refresh_failures_total\{secret="[^"]+"\} [1-9]/);
  }, 30_000);

  it("a starting API fails at once, and names the secret and what to check", async () => {
    await expect(fixture.start()).rejects.toThrow(
      /secret "bulwark\/test\/\S+" cannot be read .*ECONNREFUSED.*secretsmanager:GetSecretValue/s,
    );
  }, 30_000);
});
