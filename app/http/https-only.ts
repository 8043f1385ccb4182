import type { FastifyInstance } from "fastify";
import { Problem } from "./errors/problem.ts";

/**
 * Behind proxies, only what came to them by HTTPS is served: pages are sent on, everything else is refused, because its body has
 * already crossed the network in the clear (A3). `X-Forwarded-Proto` counts from trusted proxies only, so a request that came
 * past them is plain HTTP, whatever it claims. Probes come from the node, without a proxy.
 * @param host where pages are sent on to: the configured one, because every header of a request is its sender's to choose.
 */
export function requireHttps(app: FastifyInstance, host: string | undefined): void {
  app.addHook("onRequest", (request, reply, done) => {
    if (request.protocol === "https" || request.route.probe) return done();
    const { method, url = "/" } = request.raw;
    const readOnly = method === "GET" || method === "HEAD";
    if (!readOnly || host === undefined || !url.startsWith("/")) {
      return done(new Problem("https_required", "This API is served over HTTPS only."));
    }
    reply.redirect(`https://${host}${url}`, 301);
  });
}
