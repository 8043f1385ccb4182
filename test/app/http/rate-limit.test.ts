import { type AddressInfo, connect } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientNetwork } from "../../../app/http/client-address.ts";
import { eventually } from "../../support/index.ts";
import { keyed } from "../support/client.ts";
import { type TestApi, withApiFixture } from "../support/fixture.ts";
import { restartableRedis } from "../support/restartable.ts";

const fixture = await withApiFixture();
const limits = {
  RATE_LIMIT_MAX: "20",
  RATE_LIMIT_SIGN_IN_MAX: "3",
  RATE_LIMIT_WINDOW_SECONDS: "60",
  TRUSTED_PROXIES: "127.0.0.1",
};
const [first, second] = [await fixture.start(limits), await fixture.start(limits)];

let lastClient = 0;
/** An address that no test has used. */
const newClient = () => `203.0.113.${++lastClient}`;
const ask = (api: TestApi, client: string, url = "/nowhere") =>
  api.app.inject({ url, headers: { ...keyed, "x-forwarded-proto": "https", "x-forwarded-for": client } });
const statuses = async (api: TestApi, client: string, count: number) => {
  const answers = await Promise.all(Array.from({ length: count }, () => ask(api, client)));
  return { passed: answers.filter(({ statusCode }) => statusCode === 404).length, answers };
};

/** Statuses of so many attempts to sign in at once, in turn at these replicas. */
const attempts = async (apis: TestApi[], client: string, count: number) => {
  const headers = { ...keyed, "x-forwarded-proto": "https", "x-forwarded-for": client };
  const payload = { email: "nobody@example.org", password: "no password" };
  const asked = Array.from({ length: count }, (_, turn) =>
    apis[turn % apis.length]?.app.inject({ method: "POST", url: "/v1/auth/sign-in", headers, payload }),
  );
  return (await Promise.all(asked)).map((answer) => answer?.statusCode).sort();
};

describe("A4 the global limit", () => {
  it("lets the limit pass and refuses the rest with 429, Retry-After and both generations of headers", async () => {
    const client = newClient();
    const { passed, answers } = await statuses(first, client, 25);
    expect(passed).toBe(20);
    const refused = await ask(first, client);
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ status: 429, code: "rate_limited" });
    expect(refused.headers).toMatchObject({
      "content-type": "application/problem+json; charset=utf-8",
      "ratelimit-limit": "20",
      "ratelimit-remaining": "0",
      "ratelimit-policy": '"global";q=20;w=60',
      ratelimit: expect.stringMatching(/^"global";r=0;t=\d+$/),
    });
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expect(refused.headers["ratelimit-reset"]).toBe(refused.headers["retry-after"]);
    const remaining = answers.map(({ headers }) => Number(headers["ratelimit-remaining"]));
    expect(remaining.slice(0, 3)).toEqual([19, 18, 17]);
    expect(answers[0]?.headers).not.toHaveProperty("retry-after");
  });

  it("is shared by all replicas", async () => {
    const client = newClient();
    const counts = [await statuses(first, client, 15), await statuses(second, client, 15)];
    expect(counts.map(({ passed }) => passed)).toEqual([15, 5]);
  });

  it("starts again with the next window", async () => {
    const quick = await fixture.start({ ...limits, RATE_LIMIT_WINDOW_SECONDS: "1" });
    const client = newClient();
    await eventually(async () => expect((await statuses(quick, client, 21)).passed).toBeLessThan(21));
    await eventually(async () => expect((await ask(quick, client)).statusCode).toBe(404));
  });

  it("counts each client by itself", async () => {
    await statuses(first, newClient(), 30);
    expect((await ask(first, newClient())).statusCode).toBe(404);
  });

  it("leaves the probes alone", async () => {
    const client = newClient();
    await statuses(first, client, 30);
    const answer = await ask(first, client, "/health");
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).not.toHaveProperty("ratelimit-limit");
  });

  it("is seen in the metrics and, as a security event, in the log", async () => {
    const client = newClient();
    await statuses(second, client, 22);
    expect(await second.metrics.text()).toMatch(/rate_limit_refused_total\{limit="global"\} [1-9]/);
    const line = second.lines.find(
      ({ event, client: address }) => event === "rate_limited" && address === client,
    );
    expect(line).toMatchObject({ type: "security", level: "warn", limit: "global" });
  });

  it.each([
    ["OPTIONS", { method: "OPTIONS", url: "/v1/bookings" }],
    ["a request without User-Agent", { url: "/v1/bookings", headers: { "user-agent": "" } }],
    ["a path that climbs", { url: "/v1/%2e%2e/x" }],
    ["broken percent-encoding", { url: "/v1/bookings/%zz" }],
    ["a broken query", { url: "/v1/bookings?search=%ff" }],
    ["a parameter without end", { url: `/v1/bookings/${"x".repeat(2_000)}` }],
    ["a content coding", { url: "/v1/bookings", headers: { "content-encoding": "gzip" } }],
    ["plain HTTP", { url: "/v1/bookings", headers: { "x-forwarded-proto": "http" } }],
    ["another method", { method: "DELETE", url: "/v1/bookings" }],
    ["a body that is no JSON", { method: "POST", url: "/v1/bookings", payload: "{" }],
  ] as const)(
    "counts %s: past the limit it is 429, and so is everything else of that client",
    async (_what, asked) => {
      const client = newClient();
      const headers = { ...keyed, "x-forwarded-proto": "https", "x-forwarded-for": client };
      const send = () =>
        first.app.inject({ ...asked, headers: { ...headers, ...("headers" in asked ? asked.headers : {}) } });
      for (let turn = 0; turn < 20; turn++) expect((await send()).statusCode).not.toBe(429);
      const refused = await send();
      expect(refused.json()).toMatchObject({ status: 429, code: "rate_limited" });
      expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
      expect((await ask(first, client)).statusCode).toBe(429);
    },
  );

  it("counts what never becomes a request by the address of its connection, and then closes without an answer", async () => {
    const lonely = await fixture.start({ ...limits, RATE_LIMIT_MAX: "3" });
    await lonely.app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = lonely.app.server.address() as AddressInfo;
    const talk = async (text: string) => {
      const socket = connect({ port, host: "127.0.0.1", localAddress: "127.0.0.99" });
      socket.on("error", () => undefined).write(text);
      return new Promise<string>((resolve) => {
        let heard = "";
        socket.setEncoding("latin1").on("data", (part: string) => {
          heard += part;
        });
        socket.once("close", () => resolve(heard));
      });
    };
    const answers = [];
    for (const text of [
      "rubbish\r\n\r\n",
      "BREW / HTTP/1.1\r\n\r\n",
      "CONNECT a:1 HTTP/1.1\r\n\r\n",
      "rubbish\r\n\r\n",
    ]) {
      answers.push((await talk(text)).slice(0, 12));
    }
    expect(answers).toEqual(["HTTP/1.1 400", "HTTP/1.1 405", "HTTP/1.1 405", ""]);
  });

  it("an IPv6 client is its /64", async () => {
    const { passed } = await statuses(first, "2001:db8:1:2::1", 15);
    expect(passed).toBe(15);
    expect((await statuses(first, "2001:db8:1:2:ffff:1:2:3", 15)).passed).toBe(5);
    expect((await ask(first, "2001:db8:1:3::1")).statusCode).toBe(404);
  });
});

describe("A4 the limit of sign-ins", () => {
  it("lets exactly its number pass through two replicas that are asked at once", async () => {
    expect(await attempts([first, second], newClient(), 8)).toEqual([401, 401, 401, 429, 429, 429, 429, 429]);
  });
});

describe("A4 without Redis", () => {
  it("each process limits by itself, sign-ins too, says so in the metrics, and shares again when Redis is back", async () => {
    const redis = await restartableRedis(fixture.cacheLogin);
    const alone = { ...limits, REDIS_PORT: String(redis.port) };
    const [third, fourth] = [await fixture.start(alone), await fixture.start(alone)];
    expect((await ask(third, newClient())).statusCode).toBe(404);
    await redis.stop();
    const client = newClient();
    const away = [await statuses(third, client, 30), await statuses(fourth, client, 30)];
    expect(away.map(({ passed }) => passed)).toEqual([20, 20]);
    expect(await attempts([third], newClient(), 5)).toEqual([401, 401, 401, 429, 429]);
    const metrics = await third.metrics.text();
    expect(metrics).toMatch(/^rate_limit_store_up 0$/m);
    expect(metrics).toMatch(/^rate_limit_fallback_total [1-9]/m);
    await redis.start();
    await eventually(async () => {
      const other = newClient();
      const back = [await statuses(third, other, 15), await statuses(fourth, other, 15)];
      expect(back.map(({ passed }) => passed)).toEqual([15, 5]);
    });
    expect(await third.metrics.text()).toMatch(/^rate_limit_store_up 1$/m);
  });
});

describe("A4 one client", () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  const groups = fc.array(group, { minLength: 8, maxLength: 8 });
  const written = (parts: number[]) => parts.map((part) => part.toString(16)).join(":");

  it("two IPv6 addresses are one client exactly when their first 64 bits are the same", () => {
    fc.assert(
      fc.property(groups, groups, (left, right) => {
        const same = left.slice(0, 4).every((part, index) => part === right[index]);
        expect(clientNetwork(written(left)) === clientNetwork(written(right))).toBe(same);
        expect(clientNetwork(written([...left.slice(0, 4), ...right.slice(4)]))).toBe(
          clientNetwork(written(left)),
        );
      }),
    );
  });

  it.each([
    ["::1", "0:0:0:0::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["2001:DB8:0:0:1::", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["192.0.2.7", "192.0.2.7"],
  ])("%s is %s", (address, client) => expect(clientNetwork(address)).toBe(client));
});
