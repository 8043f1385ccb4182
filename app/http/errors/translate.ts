import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { databaseFailure } from "../../platform/database/failures.ts";
import { isBrokenCircuitError } from "../../platform/resilience.ts";
import { Problem } from "./problem.ts";

const retryAfter = (seconds: number) => ({ headers: { "retry-after": String(seconds) } });

/** Fastify's own refusals. */
const byFastifyCode: Readonly<Record<string, () => Problem>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () =>
    new Problem("payload_too_large", "The body is larger than this API accepts."),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new Problem("unsupported_media_type", "Send JSON, with Content-Type: application/json."),
  FST_ERR_HANDLER_TIMEOUT: () => new Problem("timeout", "The request was given up because it took too long."),
};

const byDatabaseFailure = {
  silent: () => new Problem("unavailable", "The database does not answer.", retryAfter(5)),
  busy: () => new Problem("unavailable", "Too many requests wait for the database.", retryAfter(1)),
  unavailable: () => new Problem("unavailable", "The database cannot be reached.", retryAfter(5)),
  denied: () => new Problem("unavailable", "The database cannot be reached.", retryAfter(5)),
  timeout: () => new Problem("timeout", "The database took too long."),
  deadlock: () => new Problem("unavailable", "Too many requests change the same data.", retryAfter(1)),
} as const;

/** The problem a client gets for an error: `internal` unless the error is known to be harmless. */
export function translate(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return invalid(error);
  if (isBrokenCircuitError(error)) {
    return new Problem("circuit_open", "The database has not been answering.", retryAfter(1));
  }
  const failure = databaseFailure(error);
  if (failure !== undefined) return byDatabaseFailure[failure]();
  if (!(error instanceof Error)) return internal();
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const known = byFastifyCode[code];
  if (known !== undefined) return known();
  // Fastify's remaining 4xx are requests that violate HTTP itself; their wording names no internals.
  if (code.startsWith("FST_ERR_") && "statusCode" in error && Number(error.statusCode) < 500) {
    return new Problem("malformed_request", shortened(error.message));
  }
  return internal();
}

const internal = () => new Problem("internal", "The error has been logged under this request id.");

interface Invalid {
  validation: readonly { instancePath: string; message?: string }[];
  validationContext?: string;
}

/** Most mistakes in an answer, and longest text of each, so that it never grows with the request. */
const mostErrors = 20;
const longestText = 200;

/** One entry per field: its path and its mistake, without the value. */
function invalid({ validation, validationContext }: Invalid): Problem {
  const place = validationContext === "querystring" ? "query" : (validationContext ?? "body");
  const errors = validation.slice(0, mostErrors).map((issue) => ({
    in: place,
    field: shortened(issue.instancePath.split("/").filter(Boolean).join(".")),
    message: shortened(issue.message ?? "is not valid"),
  }));
  const fields = [...new Set(errors.map(({ field }) => field).filter(Boolean))];
  const where = fields.length > 0 ? `: ${shortened(fields.join(", "))}` : "";
  return new Problem("validation_failed", `The ${place} is not valid${where}.`, { extensions: { errors } });
}

const shortened = (text: string): string =>
  text.length > longestText ? `${text.slice(0, longestText).toWellFormed()}…` : text;
