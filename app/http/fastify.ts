import type { Access } from "./access.ts";
import type { Actor } from "./actor.ts";
import type { Limiter } from "./rate-limit/limiter.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Called by Kubernetes and the load balancer: not limited, not redirected, not logged. */
    probe?: boolean;
    /** Who may use the route: its line of the table in access.ts. */
    access?: Access;
    /** The limit that holds for this route instead of the global one. */
    limiter?: Limiter;
  }
  interface FastifyRequest {
    /** The route's configuration and its pattern; empty where no route matched. */
    route: FastifyContextConfig & { url?: string };
    /** The address that the request comes from, before the trusted proxies. */
    client: string;
    /** On whose behalf the request is. */
    actor: Actor;
  }
}
