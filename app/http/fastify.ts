import type { Access } from "./access.ts";
import type { Actor } from "./actor.ts";
import type { RouteLimit } from "./rate-limit/hook.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Called by Kubernetes and the load balancer: not limited, not redirected, not logged. */
    probe?: boolean;
    /** Who may use the route: its line of the table in access.ts. */
    access?: Access;
    /** Limits of this route: by address, instead of the global one, and by caller. */
    limits?: { address?: RouteLimit; caller?: RouteLimit };
    /** How long a request of this route may take, instead of REQUEST_TIMEOUT_MS, milliseconds. */
    timeoutMs?: number;
  }
  interface FastifyRequest {
    /** The route's configuration and its pattern; empty where no route matched. */
    route: FastifyContextConfig & { url?: string };
    /** The address that the request comes from, before the trusted proxies. */
    client: string;
    /** On whose behalf the request is. */
    actor: Actor;
    /** What the limit that is nearest to its end leaves the client: the headers tell of that one. */
    requestsLeft: number;
  }
}
