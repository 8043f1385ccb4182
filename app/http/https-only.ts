import type { FastifyInstance } from "fastify";
import { Problem } from "./errors/problem.ts";

const hostName = /^[a-z0-9.-]+(:\d+)?$/i;

/**
 * Behind proxies, only what came to them by HTTPS is served: pages are sent on, everything else is refused, because its body has
 * already crossed the network in the clear (A3). `X-Forwarded-Proto` counts from trusted proxies only, so a request that came
 * past them is plain HTTP, whatever it claims. Probes come from the node, without a proxy.
 */
export function requireHttps(app: FastifyInstance): void {
  app.addHook("onRequest", (request, reply, done) => {
    if (request.protocol === "https" || request.routeOptions.config.probe) return done();
    const readOnly = request.method === "GET" || request.method === "HEAD";
    if (!readOnly || !hostName.test(request.host)) {
      return done(new Problem("https_required", "This API is served over HTTPS only."));
    }
    reply.redirect(`https://${request.host}${request.raw.url ?? "/"}`, 301);
  });
}
