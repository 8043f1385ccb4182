import type { RouteOptions } from "fastify";
import { limits } from "../contract/limits.ts";
import type { Access } from "../http/access.ts";
import type { ProblemCode } from "../http/errors/catalogue.ts";
import type { Operation } from "./operations.ts";

export interface Route {
  /** "GET /v1/bookings/:id". */
  line: string;
  method: string;
  url: string;
  schema: NonNullable<RouteOptions["schema"]>;
  probe: boolean;
  access: Access;
}

/** What hooks, the parser and the servers behind can answer to any request but a probe. */
const always: readonly ProblemCode[] = [
  "malformed_request",
  "https_required",
  "unsupported_media_type",
  "expectation_failed",
  "rate_limited",
  "headers_too_large",
  "internal",
  "unavailable",
  "circuit_open",
  "timeout",
];
const withBody: readonly ProblemCode[] = ["request_timeout", "payload_too_large"];
const lockout: readonly string[] = limits.lockout.routes;

export const hasBody = ({ schema }: Route, { file }: Operation): boolean =>
  schema.body !== undefined || file !== undefined;
export const isUnsafe = ({ method }: Route): boolean => method !== "GET";

/** Every problem that a route can answer. */
export function problemsOf(route: Route, operation: Operation): ReadonlySet<ProblemCode> {
  if (route.probe) return new Set(["unavailable", "internal"]);
  const { schema, access, line, url } = route;
  const { reads = [], problems = [] } = operation;
  const body = hasBody(route, operation);
  const codes = new Set<ProblemCode>([...always, ...problems]);
  const add = (when: boolean, ...more: readonly ProblemCode[]) => {
    if (when) for (const code of more) codes.add(code);
  };
  add(body, ...withBody);
  add(body || Boolean(schema.params || schema.querystring) || reads.length > 0, "validation_failed");
  add(url.includes("/:"), "not_found");
  add(access !== "public", "unauthorised", "credential_refused", "forbidden");
  add(isUnsafe(route), "origin_refused");
  add(isUnsafe(route) && access !== "public", "csrf_refused");
  add(lockout.includes(line), "locked");
  add(reads.includes("Idempotency-Key"), "idempotency_key_reused");
  add(reads.includes("If-Match"), "precondition_failed", "precondition_required");
  return codes;
}
