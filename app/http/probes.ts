import type { FastifyInstance } from "fastify";
import { paths } from "../contract/endpoints.ts";
import type { HealthMonitor } from "../platform/health.ts";
import { Problem } from "./errors/problem.ts";

/** What Kubernetes and the load balancer ask (A17). Answered to anyone, so they say yes or no; /status on the management port says why. */
export function serveProbes(app: FastifyInstance, health: HealthMonitor): void {
  const probe = { config: { probe: true } };
  app.get(paths.live, probe, () => ({ status: "alive" }));
  app.get(paths.startup, probe, () => {
    if (!health.started) throw notReady();
    return { status: "started" };
  });
  for (const path of [paths.ready, paths.readiness]) {
    app.get(path, probe, async () => {
      const { ready } = await health.check();
      if (!ready) throw notReady();
      return { status: "ready" };
    });
  }
}

const notReady = () =>
  new Problem("unavailable", "This instance takes no traffic now.", { headers: { "retry-after": "1" } });
