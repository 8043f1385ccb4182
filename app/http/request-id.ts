import type { IncomingMessage } from "node:http";
import { newId } from "../platform/ids.ts";

/** Long enough to be unique, and nothing that could break out of a log line or a header. */
const wellFormed = /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/;

export const newRequestId = newId;

/** The caller's `x-request-id` where it is well-formed, else a new one (A5). */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && wellFormed.test(given) ? given : newRequestId();
}
