import type { FastifyInstance } from "fastify";
import { Problem } from "./errors/problem.ts";

/**
 * Behind proxies, the API serves only requests that reached them by HTTPS: it redirects pages and refuses all else, because that
 * body has already crossed the network unencrypted (A3). `X-Forwarded-Proto` counts from trusted proxies only, so a request that
 * bypasses them is plain HTTP, whatever it claims. Probes come from the node, without a proxy.
 * @param host target of redirects: the configured host, because the sender chooses every header of a request.
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
