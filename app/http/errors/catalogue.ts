/**
 * Every error the API answers with: its stable code, status and title. Clients rely on the codes; we never reuse a code.
 */
export const problems = {
  validation_failed: { status: 400, title: "The request is not valid" },
  malformed_request: { status: 400, title: "The request cannot be read" },
  password_refused: { status: 400, title: "This password cannot be used" },
  invitation_refused: { status: 400, title: "The invitation does not count" },
  unauthorised: { status: 401, title: "Sign in first" },
  credential_refused: { status: 401, title: "The credential is not accepted" },
  sign_in_failed: { status: 401, title: "Sign-in failed" },
  session_ended: { status: 401, title: "The session has ended" },
  forbidden: { status: 403, title: "This is not allowed" },
  password_wrong: { status: 403, title: "The current password is wrong" },
  csrf_refused: { status: 403, title: "The request lacks the session's token" },
  origin_refused: { status: 403, title: "The request comes from another site" },
  https_required: { status: 403, title: "Use HTTPS" },
  not_found: { status: 404, title: "There is nothing here" },
  method_not_allowed: { status: 405, title: "This method is not offered here" },
  request_timeout: { status: 408, title: "The request took too long to arrive" },
  conflict: { status: 409, title: "The request conflicts with the current state" },
  slot_taken: { status: 409, title: "The time is booked already" },
  payload_too_large: { status: 413, title: "The request body is too large" },
  unsupported_media_type: { status: 415, title: "This content type is not understood" },
  expectation_failed: { status: 417, title: "This expectation cannot be met" },
  idempotency_key_reused: { status: 422, title: "The Idempotency-Key belongs to another request" },
  upgrade_required: { status: 426, title: "Use another protocol here" },
  locked: { status: 429, title: "Too many attempts failed" },
  rate_limited: { status: 429, title: "Too many requests" },
  too_many_sockets: { status: 429, title: "Too many WebSockets" },
  headers_too_large: { status: 431, title: "The request headers are too large" },
  internal: { status: 500, title: "Something went wrong on our side" },
  bad_gateway: { status: 502, title: "A service we depend on answered with an error" },
  unavailable: { status: 503, title: "Try again later" },
  circuit_open: { status: 503, title: "A service we depend on is down; try again later" },
  timeout: { status: 504, title: "The request took too long to answer" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problems;
