import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { discardRest, hasBody } from "../request-body.ts";
import type { RouteTable } from "../route-table.ts";
import { pathOf } from "../url.ts";
import { problems } from "./catalogue.ts";
import { Problem, problemContentType, problemDocument } from "./problem.ts";
import { translate } from "./translate.ts";

/** Answers an error as a problem document, and logs what is our fault. */
function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = slowToArrive(error, request) ?? translate(error);
  const { status } = problems[problem.code];
  if (status >= 500 && !request.routeOptions.config.probe) {
    request.log.error({ err: error, code: problem.code }, "request failed");
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

/** Every answer outside 2xx and 3xx is a problem document (RFC 9457), from any refusing hook. */
export function answerErrors(app: FastifyInstance, routes: RouteTable): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => sendProblem(error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    const allow = routes.allow(pathOf(request.originalUrl));
    if (allow === undefined) throw new Problem("not_found", "No such path.");
    reply.header("allow", allow);
    throw new Problem("method_not_allowed", `Use one of: ${allow}.`);
  });
}
