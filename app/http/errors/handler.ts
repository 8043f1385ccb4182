import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ErrorReports } from "../../platform/error-reports/reports.ts";
import { discardRest, hasBody } from "../request-body.ts";
import type { RouteTable } from "../route-table.ts";
import { pathOf } from "../url.ts";
import { problems } from "./catalogue.ts";
import { Problem, problemContentType, problemDocument } from "./problem.ts";
import { translate } from "./translate.ts";

/** Answers an error as a problem document, logs what is our fault, and reports what nobody expected. */
function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  reports: ErrorReports | undefined,
): FastifyReply {
  const problem = slowToArrive(error, request) ?? translate(error);
  const { status } = problems[problem.code];
  if (status >= 500 && !request.routeOptions.config.probe) {
    request.log.error({ err: error, code: problem.code }, "request failed");
  }
  if (problem.code === "internal") {
    const { url = "unknown" } = request.routeOptions.config;
    reports?.report(error, { requestId: request.id, route: `${request.method} ${url}` });
  }
  // Fastify closes the connection after a body that it refuses: a load balancer that is still sending would meet a reset.
  reply.removeHeader("connection");
  if (problem.headers.connection === undefined) discardRest(request.raw);
  reply.code(status).headers(problem.headers).type(problemContentType);
  return reply.send(JSON.stringify(problemDocument(problem, request.id)));
}

/** The time limit passed before the whole body arrived: the client was slow. The server does not wait for the rest. */
function slowToArrive(error: unknown, request: FastifyRequest): Problem | undefined {
  const timedOut = error instanceof Error && "code" in error && error.code === "FST_ERR_HANDLER_TIMEOUT";
  if (!timedOut || !hasBody(request.headers) || request.raw.complete !== false) return undefined;
  const headers = { connection: "close" };
  return new Problem("request_timeout", "The body did not arrive in time.", { headers });
}

/**
 * Every answer outside 2xx and 3xx is a problem document (RFC 9457), from any refusing hook.
 * @param reports default: errors are only logged.
 */
export function answerErrors(app: FastifyInstance, routes: RouteTable, reports?: ErrorReports): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => sendProblem(error, request, reply, reports));
  app.setNotFoundHandler((request) => {
    throw unrouted(request, routes);
  });
}

/** Answers 404 or 405 before a body is read, whatever that is. */
export function refuseUnrouted(app: FastifyInstance, routes: RouteTable): void {
  app.addHook("onRequest", (request, _reply, done) => {
    if (request.method === "OPTIONS") return done();
    const { access, url } = request.route;
    if (access === undefined) return done(unrouted(request, routes));
    const path = pathOf(request.originalUrl);
    // The router takes the last part of another method's path for a parameter.
    done(path !== url && routes.has(path) ? unrouted(request, routes) : undefined);
  });
}

function unrouted({ originalUrl }: FastifyRequest, routes: RouteTable): Problem {
  const allow = routes.allow(pathOf(originalUrl));
  if (allow === undefined) return new Problem("not_found", "No such path.");
  return new Problem("method_not_allowed", `Use one of: ${allow}.`, { headers: { allow } });
}
