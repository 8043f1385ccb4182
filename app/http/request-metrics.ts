import type { FastifyInstance } from "fastify";
import type { Metrics } from "../platform/metrics.ts";

/** Measures every request by method, route pattern and status. A path without a route is "unknown", which keeps labels few. */
export function measureRequests(app: FastifyInstance, metrics: Metrics): void {
  // Finding a labelled histogram costs more than adding to it.
  const known = new Map<string, { observe(seconds: number): void }>();
  app.addHook("onResponse", (request, reply, done) => {
    const route = request.route.url ?? "unknown";
    const key = `${request.method} ${route} ${reply.statusCode}`;
    let histogram = known.get(key);
    if (histogram === undefined) {
      const labels = { method: request.method, route, status: String(reply.statusCode) };
      histogram = metrics.requestDuration.labels(labels);
      known.set(key, histogram);
    }
    histogram.observe(reply.elapsedTime / 1_000);
    done();
  });
}
