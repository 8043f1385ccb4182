import type { FastifyRequest } from "fastify";
import type { Origin } from "./trail.ts";

/** Who makes the change that a request asks for. */
export const originOf = ({ actor, id }: Pick<FastifyRequest, "actor" | "id">): Origin => ({
  organisationId: actor.organisationId,
  actor: actor.name,
  requestId: id,
});
