import type { Actor } from "./actor.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Called by Kubernetes and the load balancer: not limited, not redirected, not logged. */
    probe?: boolean;
  }
  interface FastifyRequest {
    /** On whose behalf the request is. */
    actor: Actor;
  }
}
