import { afterEach, describe, expect, it, vi } from "vitest";
import { stopSignals } from "../../../../scripts/cli/stop-signals.ts";
import { readIngress } from "../../../../scripts/local/sandbox/pod-spec.ts";
import { routesOf } from "../../../../scripts/local/sandbox/routes.ts";

const path = (name: string, pathType: string, service: string) => ({
  path: name,
  pathType,
  backend: { service: { name: service, port: { number: 80 } } },
});

describe("S10 what the Ingress says goes where", () => {
  const routes = routesOf(
    readIngress("test", {
      metadata: { name: "test" },
      spec: {
        rules: [
          { http: { paths: [path("/", "Prefix", "any")] } },
          {
            host: "api.example.com",
            http: {
              paths: [
                path("/", "Prefix", "api"),
                path("/admin/", "Prefix", "admin"),
                path("/admin/exactly", "Exact", "exact"),
              ],
            },
          },
        ],
      },
    }),
  );

  it.each([
    ["api.example.com", "/v1", "api"],
    ["API.example.com:443", "/admin", "admin"],
    ["api.example.com", "/admin/x", "admin"],
    ["api.example.com", "/administrator", "api"],
    ["api.example.com", "/admin/exactly", "exact"],
    ["api.example.com", "/admin/exactly/not", "admin"],
    ["other.example.com", "/admin", "any"],
    // This machine's own names stand for the product's.
    ["localhost:8443", "/admin/exactly", "exact"],
    ["127.0.0.1", "/", "api"],
  ])("%s%s → %s", (host, asked, service) => {
    expect(routes.find(host, asked)?.service).toBe(service);
  });

  it("other hosts find nothing where every rule names one; plain HTTP is redirected only where the Ingress says so", () => {
    const strict = routesOf(
      readIngress("test", {
        metadata: { name: "test" },
        spec: { rules: [{ host: "api.example.com", http: { paths: [path("/", "Prefix", "api")] } }] },
      }),
    );
    expect(strict.find("evil.example.com", "/")).toBeUndefined();
    expect(strict.redirect).toBe(false);
  });
});

describe("Ctrl-C", () => {
  const before = new Map(
    (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((name) => [name, process.listeners(name)]),
  );
  afterEach(() => {
    vi.useRealTimers();
    for (const [name, listeners] of before) {
      for (const listener of process.listeners(name))
        if (!listeners.includes(listener)) process.off(name, listener);
    }
  });

  it("one arrives several times by way of npm and counts once; a later one insists", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const force = vi.fn();
    const { requested, signal, onSecond } = stopSignals();
    onSecond(force);
    process.emit("SIGINT", "SIGINT");
    process.emit("SIGINT", "SIGINT");
    vi.setSystemTime(Date.now() + 900);
    process.emit("SIGTERM", "SIGTERM");
    expect(await requested).toBe("SIGINT");
    expect(signal.aborted).toBe(true);
    expect(force).not.toHaveBeenCalled();
    vi.setSystemTime(Date.now() + 200);
    process.emit("SIGINT", "SIGINT");
    expect(force).toHaveBeenCalledOnce();
  });
});
