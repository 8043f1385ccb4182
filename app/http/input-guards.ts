import type { FastifyInstance } from "fastify";
import { Problem } from "./errors/problem.ts";

/** A ".." that stands for a whole path segment, however it is encoded, or a backslash, which some systems take for a slash. */
const traversal = /(?:^|\/|%2f|\\|%5c)(?:\.|%2e){2}(?:\/|%2f|\\|%5c|$)|\\|%5c/i;
const nullByte = /%00|\0/;
const longestUserAgent = 512;

/** Refuses what no honest client sends, before anything is parsed (A6). */
export function guardInput(app: FastifyInstance): void {
  app.addHook("onRequest", (request, _reply, done) => {
    if (request.routeOptions.config.probe) return done();
    done(urlProblem(request.raw.url ?? "") ?? userAgentProblem(request.headers["user-agent"]));
  });
}

function urlProblem(url: string): Problem | undefined {
  if (nullByte.test(url)) return new Problem("malformed_request", "The URL contains a null byte.");
  const path = url.split("?", 1)[0] ?? "";
  if (traversal.test(path)) return new Problem("malformed_request", "The path climbs out of itself.");
  return undefined;
}

/** A client that does not say what it is cannot be told apart from others in logs, nor be asked to stop. */
function userAgentProblem(userAgent: string | undefined): Problem | undefined {
  if (userAgent === undefined || userAgent.trim() === "") {
    return new Problem("malformed_request", "The User-Agent header is missing: name your client in it.");
  }
  if (userAgent.length > longestUserAgent) {
    return new Problem(
      "malformed_request",
      `The User-Agent header is longer than ${longestUserAgent} characters.`,
    );
  }
  return undefined;
}
