import type { FastifyInstance } from "fastify";
import { logEvents } from "../contract/log-events.ts";
import { type Access, accessTable } from "./access.ts";
import { type Actor, challenge } from "./actor.ts";
import { Problem } from "./errors/problem.ts";
import { routeLine } from "./route-table.ts";

const where = "app/http/access.ts";

/**
 * Lets a request pass whose actor may use the route: 401 where a credential is missing, 403 and a security event where it does not
 * suffice.
 * @throws Error while routes are added, or when the server becomes ready: a route without a line, or a line without a route.
 */
export function authorise(app: FastifyInstance, table: Readonly<Record<string, Access>> = accessTable): void {
  matchRoutes(app, table);
  app.addHook("onRequest", (request, _reply, done) => {
    const { actor, route } = request;
    const { access } = route;
    if (access === undefined || access === "public") return done();
    const problem = refusal(access, actor);
    if (problem?.code === "forbidden") {
      const refused = { actor: actor.name, method: request.method, route: route.url };
      request.log.warn({ ...logEvents.privilegeRefused, ...refused }, "privilege refused");
    }
    done(problem);
  });
}

/** Gives each route its line, and sees to it that both lists are the same. */
function matchRoutes(app: FastifyInstance, table: Readonly<Record<string, Access>>): void {
  const unused = new Set(Object.keys(table));
  app.addHook("onRoute", (route) => {
    const line = routeLine(route);
    const access = table[line];
    if (access === undefined) throw new Error(`${line} has no line in ${where}: say there who may use it`);
    unused.delete(line);
    route.config = { ...route.config, access };
  });
  app.addHook("onReady", (done) => {
    const lines = [...unused].join(", ");
    done(lines === "" ? undefined : new Error(`${where} has a line for what is no route: ${lines}`));
  });
}

function refusal({ roles, scope }: Exclude<Access, "public">, actor: Actor): Problem | undefined {
  if (actor.kind === "user")
    return roles.includes(actor.role) ? undefined : forbidden("Your role may not do this.");
  if (actor.kind === "anonymous") {
    return new Problem("unauthorised", "Send a credential.", { headers: challenge() });
  }
  if (scope === undefined) return forbidden("No API key may do this.");
  if (actor.scopes.includes(scope)) return undefined;
  return forbidden(`The API key needs the scope ${scope}.`, challenge("insufficient_scope"));
}

const forbidden = (detail: string, headers = {}) => new Problem("forbidden", detail, { headers });
