import type { FastifyInstance, FastifyReply } from "fastify";
import { paths } from "../contract/endpoints.ts";
import type { Health, HealthMonitor } from "../platform/health.ts";
import { Problem } from "./errors/problem.ts";

/** What Kubernetes and the load balancer ask (A17). Answered to anyone, so they tell states and times, nothing more. */
export function serveProbes(app: FastifyInstance, health: HealthMonitor): void {
  const probe = { config: { probe: true } };
  app.get(paths.live, probe, () => ({ status: "alive", timestamp: new Date().toISOString() }));
  app.get(paths.startup, probe, () => {
    if (!health.started) throw notReady({ state: "starting" });
    return { status: "started" };
  });
  for (const path of [paths.ready, paths.readiness]) {
    app.get(path, probe, async (_request, reply) => answer(await health.check(), reply));
  }
}

function answer({ ready, status, checks }: Health, reply: FastifyReply) {
  if (!ready) throw notReady({ state: status, checks });
  return reply.send({ status, checks, timestamp: new Date().toISOString() });
}

const notReady = (extensions: Record<string, unknown>) =>
  new Problem("unavailable", "This instance takes no traffic now.", {
    extensions,
    headers: { "retry-after": "1" },
  });
