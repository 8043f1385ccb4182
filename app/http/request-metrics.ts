import type { FastifyInstance } from "fastify";
import type { Metrics } from "../platform/metrics.ts";

/** Measures every request by method, route pattern and status. A path without a route is "unknown", which keeps labels few. */
export function measureRequests(app: FastifyInstance, metrics: Metrics): void {
  app.addHook("onResponse", (request, reply, done) => {
    const { method, route } = request;
    const { url = "unknown" } = route;
    const labels = () => ({ method, route: url, status: String(reply.statusCode) });
    metrics.requestDuration.count(`${method} ${url} ${reply.statusCode}`, reply.elapsedTime / 1_000, labels);
    done();
  });
}
