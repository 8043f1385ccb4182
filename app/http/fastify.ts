import type { Actor } from "./actor.ts";
import type { Limiter } from "./rate-limit/limiter.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Called by Kubernetes and the load balancer: not limited, not redirected, not logged. */
    probe?: boolean;
    /** The limit that holds for this route instead of the global one. */
    limiter?: Limiter;
  }
  interface FastifyRequest {
    /** On whose behalf the request is. */
    actor: Actor;
  }
}
