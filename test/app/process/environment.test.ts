import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { apiEnv } from "../../../app/contract/env.ts";
import { withApiFixture } from "../support/fixture.ts";
import { podEnvironment, run, withImage } from "../support/process.ts";

const fixture = await withApiFixture();
const image = await withImage();
const start = (environment: Record<string, string | undefined>) => run(image.server, environment);

describe("A22 environment", () => {
  it("a bad one is refused before anything is opened: all problems at once, one line each, exit 1", async () => {
    const server = start({
      NODE_ENV: "production",
      PORT: "http",
      DB_POOL_MIN: "20",
      CORS_ORIGIN: "*",
      LOG_LEVEL: "loud",
    });
    expect(await server.ended).toBe(1);
    expect(server.stdout()).toBe("");
    const problems = server
      .stderr()
      .split("\n")
      .filter((line) => line.startsWith("  - "));
    expect(problems).toEqual([
      "  - ENVIRONMENT: is missing",
      expect.stringContaining("  - LOG_LEVEL: "),
      "  - AWS_REGION: is missing",
      "  - DB_SECRET_ID: is missing",
      "  - CACHE_SECRET_ID: is missing",
      "  - JWT_SECRET_ID: is missing",
      "  - APP_KEYS_SECRET_ID: is missing",
      "  - TWILIO_SECRET_ID: is missing",
      "  - WEBHOOKS_SECRET_ID: is missing",
      "  - PORT: must be a whole number",
      "  - REDIS_HOST: is missing",
      "  - DB_POOL_MIN: must not exceed DB_POOL_MAX",
      "  - CORS_ORIGIN: must not be * in production: name the exact origins",
      "  - TRUSTED_PROXIES: must name the load balancer's subnets in production",
      "  - PUBLIC_HOST: must name the host that clients use in production, where HTTPS_ONLY is true",
    ]);
    expect(server.stderr()).toContain(".env.example");
  });

  it.each([
    ["A2 no origin", { CORS_ORIGIN: "" }, "CORS_ORIGIN"],
    ["A2 every origin", { CORS_ORIGIN: "https://a.example,*" }, "CORS_ORIGIN"],
    ["A2 an origin by plain HTTP", { CORS_ORIGIN: "http://a.example" }, "CORS_ORIGIN"],
    ["A8 less memory than OWASP's minimum", { PASSWORD_MEMORY_KIB: "12000" }, "PASSWORD_PASSES"],
    ["A8 fewer passes than it takes with this memory", { PASSWORD_PASSES: "2" }, "PASSWORD_PASSES"],
    ["traces without their place", { OTEL_ENABLED: "true" }, "OTEL_EXPORTER_OTLP_ENDPOINT"],
    ["A19 a DSN without a key", { SENTRY_DSN: "https://errors.example/1" }, "SENTRY_DSN"],
    ["A19 a DSN by plain HTTP", { SENTRY_DSN: "http://key@errors.example/1" }, "SENTRY_DSN"],
    ["an origin with a path", { CORS_ORIGIN: "https://a.example/app" }, "CORS_ORIGIN"],
    ["S6 webhooks into the network", { WEBHOOK_LOCAL_RECEIVERS: "true" }, "WEBHOOK_LOCAL_RECEIVERS"],
    ["no host", { PUBLIC_HOST: undefined }, "PUBLIC_HOST"],
    ["a host that is a URL", { PUBLIC_HOST: "https://api.example.com" }, "PUBLIC_HOST"],
    ["no proxies", { TRUSTED_PROXIES: "" }, "TRUSTED_PROXIES"],
    ["a proxy that is no network", { TRUSTED_PROXIES: "1" }, "TRUSTED_PROXIES"],
    [
      "a drain longer than the shutdown",
      { SHUTDOWN_DRAIN_MS: "9000", SHUTDOWN_TIMEOUT_MS: "5000" },
      "SHUTDOWN_DRAIN_MS",
    ],
  ])("in production, %s is refused", (_what, changes, variable) => {
    const good = {
      ...fixture.env,
      NODE_ENV: "production",
      CORS_ORIGIN: "https://a.example",
      TRUSTED_PROXIES: "10.0.0.0/16",
      PUBLIC_HOST: "api.example.com",
    };
    expect(apiEnv.safeParse(good).success).toBe(true);
    const refused = apiEnv.safeParse({ ...good, ...changes });
    expect(refused.error?.issues.map(({ path }) => path[0])).toEqual([variable]);
  });

  it("a missing NODE_ENV is as strict as production", () => {
    const { NODE_ENV, ...rest } = fixture.env;
    expect(NODE_ENV).toBe("test");
    expect(apiEnv.safeParse({ ...rest, CORS_ORIGIN: "*" }).success).toBe(false);
  });

  it("a secret that is not there stops the start in plain words", async () => {
    const server = start(
      podEnvironment(fixture, { DB_SECRET_ID: "bulwark/test/nowhere", PORT: "1", MANAGEMENT_PORT: "1" }),
    );
    expect(await server.ended).toBe(1);
    expect(server.stderr()).toMatch(
      /^bulwark: cannot start: secret "bulwark\/test\/nowhere" cannot be read \(ResourceNotFoundException: .*GetSecretValue/,
    );
  });

  it("a port that is taken stops the start in plain words", async () => {
    const squatter = createServer().listen(0, "127.0.0.1");
    await once(squatter, "listening");
    const { port } = squatter.address() as AddressInfo;
    const server = start(podEnvironment(fixture, { PORT: String(port), MANAGEMENT_PORT: "1" }));
    expect(await server.ended).toBe(1);
    expect(server.stderr()).toContain(`EADDRINUSE: address already in use 127.0.0.1:${port}`);
    squatter.close();
  });
});
