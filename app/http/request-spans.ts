import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Span, Tracing } from "../platform/tracing/tracing.ts";

/**
 * A span for each request but the probes (A19): it goes on with the caller's trace, and names the route. Path, query and addresses are left
 * out, because they hold ids, names and what people search for.
 * https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export function traceRequests(app: FastifyInstance, tracing: Tracing): void {
  const spans = new WeakMap<FastifyRequest, Span>();
  app.addHook("onRequest", (request, reply, done) => {
    const { id, method, route, headers } = request;
    if (route.probe) return done();
    const attributes = {
      "http.request.method": method,
      ...(route.url !== undefined && { "http.route": route.url }),
      "bulwark.request.id": id,
    };
    const name = route.url === undefined ? method : `${method} ${route.url}`;
    const span = tracing.start({ name, kind: "server", attributes }, headers);
    spans.set(request, span);
    reply.raw.on("close", () => span.end(outcome(reply)));
    span.within(done);
  });
  // A body arrives by events of the connection, which know nothing of the request.
  app.addHook("preValidation", (request, _reply, done) => {
    const span = spans.get(request);
    if (span === undefined) done();
    else span.within(done);
  });
}

function outcome({ raw, statusCode }: FastifyReply) {
  // The client left before the answer.
  if (!raw.headersSent && statusCode < 400) return { error: "ClientClosed" };
  const attributes = { "http.response.status_code": statusCode };
  return { attributes, error: statusCode >= 500 ? String(statusCode) : undefined };
}
