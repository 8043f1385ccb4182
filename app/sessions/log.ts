import type { FastifyRequest } from "fastify";
import { logEvents } from "../contract/log-events.ts";
import type { RevokedReason } from "./records.ts";

/** One line for each session that a request ended. */
export function logEnd(request: FastifyRequest, sessionIds: readonly string[], reason: RevokedReason): void {
  for (const sessionId of sessionIds) {
    request.log.info(
      { ...logEvents.sessionRevoked, sessionId, reason, actor: request.actor.name },
      "session ended",
    );
  }
}
