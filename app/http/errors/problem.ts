import { type ProblemCode, problems } from "./catalogue.ts";

export const problemContentType = "application/problem+json; charset=utf-8";

/** An error for the client. The answer carries all of it, and never any other error's contents (A7). */
export class Problem extends Error {
  readonly code: ProblemCode;
  /** Members besides the standard ones, such as `errors` or `current`. */
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    detail: string,
    more: { extensions?: Record<string, unknown>; headers?: Record<string, string> } = {},
  ) {
    super(detail);
    this.name = "Problem";
    this.code = code;
    this.extensions = more.extensions ?? {};
    this.headers = more.headers ?? {};
  }

  get statusCode(): number {
    return problems[this.code].status;
  }
}

/** What validation answers as well, for what only the code behind the schema can tell. */
export const invalidField = (place: "body" | "query", field: string, message: string): Problem =>
  new Problem("validation_failed", `The ${place} is not valid: ${field}.`, {
    extensions: { errors: [{ in: place, field, message }] },
  });

/** The document of RFC 9457, with our code, the request's id and the time. */
export function problemDocument(problem: Problem, requestId: string) {
  const { status, title } = problems[problem.code];
  return {
    type: `urn:bulwark:problem:${problem.code}`,
    title,
    status,
    detail: problem.message,
    code: problem.code,
    requestId,
    timestamp: new Date().toISOString(),
    ...problem.extensions,
  };
}
