import { describe, expect, it } from "vitest";
import { trustedProxies } from "../../../app/http/trusted-proxies.ts";
import { keyed } from "../support/client.ts";
import { withApiFixture } from "../support/fixture.ts";

const fixture = await withApiFixture();
const { app, lines } = await fixture.start({
  CORS_ORIGIN: "https://app.example.org, https://admin.example.org:8443",
  TRUSTED_PROXIES: "10.20.0.0/16",
  PUBLIC_HOST: "api.example.org",
  HSTS_PRELOAD: "true",
});
const proxy = "10.20.3.4";
const forwarded = { ...keyed, "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9" };
const get = (url: string, headers: Record<string, string> = {}) =>
  app.inject({ url, headers: { ...forwarded, ...headers }, remoteAddress: proxy });

describe("A1 security headers", () => {
  const expected = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-xss-protection": "0",
    "cache-control": "no-store",
    "permissions-policy": expect.stringContaining("camera=()"),
  };
  it.each(["/v1/bookings", "/health", "/nowhere", "/v1/bookings/1", "/%ff"])(
    "are on the answer to %s",
    async (url) => {
      const { headers } = await get(url);
      expect(headers).toMatchObject(expected);
      expect(headers).not.toHaveProperty("x-powered-by");
      expect(headers).not.toHaveProperty("server");
    },
  );

  it("are on redirects and refusals as well", async () => {
    const plain = { ...forwarded, "x-forwarded-proto": "http" };
    const redirect = await get("/v1/bookings", plain);
    expect(redirect.statusCode).toBe(301);
    expect(redirect.headers).toMatchObject(expected);
    const refusal = await app.inject({
      method: "POST",
      url: "/v1/bookings",
      headers: plain,
      remoteAddress: proxy,
    });
    expect(refusal.statusCode).toBe(403);
    expect(refusal.headers).toMatchObject(expected);
  });
});

describe("A1 HSTS", () => {
  const hsts = async (changes: Record<string, string>) => {
    const other = await fixture.start(changes);
    return (await other.app.inject({ url: "/health" })).headers["strict-transport-security"];
  };

  it("asks to be built into browsers only where it is told to", async () => {
    expect(await hsts({ PUBLIC_HOST: "api.example.org" })).toBe("max-age=31536000; includeSubDomains");
  });

  it.each([
    ["localhost", { PUBLIC_HOST: "localhost:8443" }],
    ["a name of this machine", { PUBLIC_HOST: "bulwark.localhost" }],
    ["an address", { PUBLIC_HOST: "192.0.2.1" }],
    ["no name at all", {}],
    ["plain HTTP", { PUBLIC_HOST: "api.example.org", HTTPS_ONLY: "false" }],
  ])("is not sent for %s", async (_what, changes) => {
    expect(await hsts(changes)).toBeUndefined();
  });
});

describe("A2 CORS", () => {
  it("a named origin may call with cookies and read the headers it needs", async () => {
    const { headers } = await get("/v1/bookings", { origin: "https://app.example.org" });
    expect(headers).toMatchObject({
      "access-control-allow-origin": "https://app.example.org",
      "access-control-allow-credentials": "true",
      vary: "Origin",
    });
    const exposed = String(headers["access-control-expose-headers"]);
    for (const header of [
      "x-request-id",
      "ratelimit",
      "ratelimit-policy",
      "ratelimit-remaining",
      "retry-after",
    ]) {
      expect(exposed).toContain(header);
    }
  });

  it("a preflight is answered, for 24 hours", async () => {
    const { statusCode, headers } = await app.inject({
      method: "OPTIONS",
      url: "/v1/bookings",
      remoteAddress: proxy,
      headers: {
        ...forwarded,
        origin: "https://admin.example.org:8443",
        "access-control-request-method": "PATCH",
        "access-control-request-headers": "content-type",
      },
    });
    expect(statusCode).toBe(204);
    expect(headers).toMatchObject({
      allow: "GET, HEAD, OPTIONS, POST",
      "access-control-allow-origin": "https://admin.example.org:8443",
      "access-control-max-age": "86400",
      "access-control-allow-methods": expect.stringContaining("PATCH"),
    });
  });

  it.each([
    "https://evil.example",
    "https://app.example.org.evil.example",
    "http://app.example.org",
    "null",
    "nobody",
  ])("%s gets no permission, and a cache is told that others may", async (origin) => {
    const named = origin === "nobody" ? {} : { origin };
    for (const method of ["GET", "OPTIONS"] as const) {
      const { headers } = await app.inject({
        method,
        url: "/v1/bookings",
        remoteAddress: proxy,
        headers: { ...forwarded, ...named },
      });
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
      expect(headers.vary).toBe("Origin");
    }
  });
});

describe("A3 HTTPS only behind the proxy", () => {
  it.each(["GET", "HEAD"] as const)(
    "a plain %s is sent on to HTTPS, with its path and query",
    async (method) => {
      const { statusCode, headers } = await app.inject({
        method,
        url: "/v1/bookings?limit=1",
        remoteAddress: proxy,
        headers: {
          ...forwarded,
          "x-forwarded-proto": "http",
          host: "evil.example",
          "x-forwarded-host": "evil.example",
        },
      });
      expect(statusCode).toBe(301);
      expect(headers.location).toBe("https://api.example.org/v1/bookings?limit=1");
    },
  );

  it.each(["POST", "PATCH", "DELETE"] as const)(
    "a plain %s is refused: its body has been read by others",
    async (method) => {
      const { statusCode, json } = await app.inject({
        method,
        url: "/v1/bookings",
        remoteAddress: proxy,
        headers: { ...forwarded, "x-forwarded-proto": "http" },
        payload: {},
      });
      expect(statusCode).toBe(403);
      expect(json()).toMatchObject({ code: "https_required" });
    },
  );

  it("whoever comes past the proxy cannot claim HTTPS or an address", async () => {
    const { statusCode } = await app.inject({
      url: "/v1/bookings",
      headers: forwarded,
      remoteAddress: "192.0.2.1",
    });
    expect(statusCode).toBe(301);
    const last = lines.at(-1);
    expect(last).toMatchObject({ status: 301, client: "192.0.2.1" });
  });

  it("behind the proxy the client is the last address before it, not the first that was claimed", async () => {
    await get("/v1/bookings", { "x-forwarded-for": "1.2.3.4, 203.0.113.9" });
    expect(lines.at(-1)).toMatchObject({ status: 200, client: "203.0.113.9" });
  });

  it("what passes for a proxy's address is none, and a proxy in IPv6's notation is one", () => {
    const trusted = trustedProxies(["10.20.0.0/16", "192.0.2.7", "2001:db8::/32"]);
    const given = ["10.20.1.2", "::ffff:10.20.1.2", "192.0.2.7", "2001:db8::1", "10.20.1.2"];
    const strangers = [
      "10.21.1.2",
      "192.0.2.8",
      "2001:db9::1",
      "unknown",
      "",
      "10.20.1.2:80",
      "::ffff:10.21.1.2",
    ];
    expect(given.map(trusted)).toEqual(given.map(() => true));
    expect(strangers.map(trusted)).toEqual(strangers.map(() => false));
  });

  it("probes come without a proxy and are answered", async () => {
    const { statusCode } = await app.inject({ url: "/health", remoteAddress: "10.9.9.9" });
    expect(statusCode).toBe(200);
  });

  it("HTTPS_ONLY=false serves plain HTTP, and still believes the proxy about the client", async () => {
    const plain = await fixture.start({ TRUSTED_PROXIES: "10.20.0.0/16", HTTPS_ONLY: "false" });
    const headers = { ...forwarded, "x-forwarded-proto": "http" };
    const answer = await plain.app.inject({ url: "/v1/bookings", headers, remoteAddress: proxy });
    expect(answer.statusCode).toBe(200);
    expect(plain.lines.at(-1)).toMatchObject({ client: "203.0.113.9" });
  });

  it("without a configured host nobody is sent on: what a request says of its host is its sender's choice", async () => {
    const { app: nameless } = await fixture.start({ TRUSTED_PROXIES: "10.20.0.0/16" });
    const refused = await nameless.inject({ url: "/v1/bookings", headers: keyed });
    expect(refused.json()).toMatchObject({ status: 403, code: "https_required" });
  });
});

describe("A5 request ids", () => {
  it("a well-formed one is kept: in the answer, the error and the log line", async () => {
    const { headers, json } = await get("/nowhere", { "x-request-id": "order-7f3a.42_x" });
    expect(headers["x-request-id"]).toBe("order-7f3a.42_x");
    expect(json().requestId).toBe("order-7f3a.42_x");
    expect(lines.at(-1)).toMatchObject({ requestId: "order-7f3a.42_x", status: 404 });
  });

  it.each(["short", "x".repeat(65), "with space in it", 'quo"te-quote', "-starts-badly", ""])(
    "%j is replaced by a new one",
    async (given) => {
      const { headers } = await get("/v1/bookings", { "x-request-id": given });
      expect(headers["x-request-id"]).not.toBe(given);
      expect(headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it("two requests never share a made one", async () => {
    const ids = await Promise.all(
      Array.from({ length: 50 }, async () => (await get("/health")).headers["x-request-id"]),
    );
    expect(new Set(ids).size).toBe(50);
  });
});
