import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { problems } from "./catalogue.ts";
import { Problem, problemContentType, problemDocument } from "./problem.ts";
import { translate } from "./translate.ts";

/** Answers an error as a problem document, and logs what is our fault. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = slowToArrive(error, request) ?? translate(error);
  const { status } = problems[problem.code];
  if (status >= 500 && !request.routeOptions.config.probe) {
    request.log.error({ err: error, code: problem.code }, "request failed");
  }
  reply.code(status).headers(problem.headers).type(problemContentType);
  return reply.send(JSON.stringify(problemDocument(problem, request.id)));
}

/** The time is up and the body is not all there: the client was slow, not we. What is left of it is not waited for. */
function slowToArrive(error: unknown, request: FastifyRequest): Problem | undefined {
  const timedOut = error instanceof Error && "code" in error && error.code === "FST_ERR_HANDLER_TIMEOUT";
  const { "content-length": length = "0", "transfer-encoding": encoding } = request.headers;
  const expectsBody = length !== "0" || encoding !== undefined;
  if (!timedOut || !expectsBody || request.body !== undefined) return undefined;
  const headers = { connection: "close" };
  return new Problem("request_timeout", "The body did not arrive in time.", { headers });
}

/** Every answer outside 2xx and 3xx is a problem document (RFC 9457), whoever refused the request. */
export function answerErrors(app: FastifyInstance): void {
  const routes = new RouteTable();
  app.addHook("onRoute", ({ url, method }) => routes.add(url, [method].flat()));
  app.setErrorHandler<FastifyError>((error, request, reply) => sendProblem(error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    const allowed = routes.methodsOf(request.url.split("?", 1)[0] ?? "");
    if (allowed.length === 0) throw new Problem("not_found", "No such path.");
    const allow = allowed.join(", ");
    reply.header("allow", allow);
    throw new Problem("method_not_allowed", `Use one of: ${allow}.`);
  });
}

/** Which methods a path has: asked only when nothing matched, to tell 405 from 404. */
class RouteTable {
  readonly #routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();

  add(url: string, methods: readonly string[]): void {
    const known = this.#routes.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    for (const method of methods) known.methods.add(method);
    this.#routes.set(url, known);
  }

  methodsOf(path: string): string[] {
    const matching = [...this.#routes.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(matching.flatMap(({ methods }) => [...methods]))].sort();
  }
}

function patternOf(url: string): RegExp {
  const parts = url.split("/").map((part) => (part.startsWith(":") ? "[^/]+" : literal(part)));
  return new RegExp(`^${parts.join("/")}$`);
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
