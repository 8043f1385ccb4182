import { paths } from "../contract/endpoints.ts";
import type { ProblemCode } from "../http/errors/catalogue.ts";
import * as example from "./examples.ts";
import type { AnswerHeader, RequestHeader } from "./headers.ts";

/** What the OpenAPI document says of a route and its schemas do not. */
export interface Operation {
  id: string;
  tag: string;
  summary: string;
  /** Values that the route takes and answers, for readers. */
  example: { params?: object; query?: object; body?: unknown; answer?: unknown };
  /** Headers that it reads and answers with, besides those that hold for every route. */
  reads?: readonly RequestHeader[];
  answers?: readonly AnswerHeader[];
  /** Problems of the route's own: problems.ts knows those that follow from what the route is. */
  problems?: readonly ProblemCode[];
  /** Media type of a body that is no JSON. */
  file?: string;
  /** Media type of an answer that has a schema. Default: application/json. */
  type?: string;
  /** An answer without a schema, and its media type where it has a body. */
  plain?: { status: number; says: string; type?: string };
}

const { id } = example.booking;
const write = ["Idempotency-Key"] as const;
const change = ["If-Match", "Idempotency-Key"] as const;
const cookies = ["Set-Cookie"] as const;
const ofPassword = ["password_wrong"] as const;
const probe = (name: string, summary: string, status: string): Operation => ({
  id: name,
  tag: "probes",
  summary,
  example: { answer: { status } },
  plain: { status: 200, says: "Yes.", type: "application/json" },
});

/** Every route, as the table of access names it. The document is not made while a route has no line here. */
export const operations: Readonly<Record<string, Operation>> = {
  [`GET ${paths.live}`]: probe("isAlive", "Whether the process answers", "alive"),
  [`GET ${paths.startup}`]: probe("hasStarted", "Whether start-up has finished", "started"),
  [`GET ${paths.ready}`]: probe("isReady", "Whether this instance takes traffic", "ready"),
  [`GET ${paths.readiness}`]: probe("isReadyToo", "Whether this instance takes traffic", "ready"),
  "GET /openapi.json": {
    id: "readOpenApi",
    tag: "documents",
    summary: "This document",
    example: {},
    reads: ["If-None-Match"],
    answers: ["ETag", "Cache-Control"],
    plain: { status: 200, says: "The OpenAPI document.", type: "application/json" },
  },
  "GET /reference": {
    id: "readReference",
    tag: "documents",
    summary: "This document as a page",
    example: {},
    reads: ["If-None-Match"],
    answers: ["ETag", "Cache-Control"],
    plain: { status: 200, says: "The page.", type: "text/html" },
  },
  "GET /.well-known/jwks.json": {
    id: "listSigningKeys",
    tag: "documents",
    summary: "The keys that verify access tokens",
    example: { answer: { keys: [example.publicKey] } },
    type: "application/jwk-set+json",
    reads: ["If-None-Match"],
    answers: ["ETag", "Cache-Control"],
  },
  "GET /v1/bookings": {
    id: "listBookings",
    tag: "bookings",
    summary: "Bookings, a page at a time",
    example: {
      query: { from: "2027-03-01T00:00:00Z", limit: "20", search: "ann" },
      answer: { items: [example.booking], nextCursor: null },
    },
  },
  "POST /v1/bookings": {
    id: "createBooking",
    tag: "bookings",
    summary: "Make a booking",
    example: { body: example.bookingInput, answer: example.booking },
    reads: write,
    answers: ["Location", "ETag"],
    problems: ["slot_taken"],
  },
  "GET /v1/bookings/:id": {
    id: "readBooking",
    tag: "bookings",
    summary: "One booking",
    example: { params: { id }, answer: example.booking },
    reads: ["If-None-Match"],
    answers: ["ETag"],
  },
  "PATCH /v1/bookings/:id": {
    id: "updateBooking",
    tag: "bookings",
    summary: "Change a booking",
    example: { params: { id }, body: { version: 1, notes: "by the door" }, answer: example.booking },
    reads: change,
    answers: ["ETag"],
    problems: ["conflict", "slot_taken"],
  },
  "POST /v1/bookings/:id/cancel": {
    id: "cancelBooking",
    tag: "bookings",
    summary: "Cancel a booking",
    example: {
      params: { id },
      body: { version: 1 },
      answer: { ...example.booking, status: "cancelled", version: 2 },
    },
    reads: change,
    answers: ["ETag"],
    problems: ["conflict"],
  },
  "POST /v1/sms/events": {
    id: "takeSmsEvent",
    tag: "reminders",
    summary: "For Twilio: what became of an SMS, or who answers STOP",
    example: {
      query: { reminder: id },
      body: "MessageSid=SM0123456789abcdef0123456789abcdef&MessageStatus=delivered",
    },
    file: "application/x-www-form-urlencoded",
    plain: { status: 204, says: "It is noted. Told twice, it changes nothing more." },
    problems: ["forbidden"],
  },
  "POST /v1/bookings/import": {
    id: "importBookings",
    tag: "bookings",
    summary: "Make bookings from a CSV file, all or none",
    example: { body: example.csv, answer: { imported: 1 } },
    reads: write,
    file: "text/csv",
    problems: ["slot_taken"],
  },
  "GET /v1/bookings/export": {
    id: "exportBookings",
    tag: "bookings",
    summary: "Bookings as a CSV file",
    example: { query: { status: "confirmed" }, answer: example.csv },
    answers: ["Content-Disposition"],
    plain: { status: 200, says: "The file.", type: "text/csv" },
  },
  "GET /v1/live": {
    id: "openLive",
    tag: "live",
    summary: "A WebSocket of changes as they are made (docs/live.md)",
    example: { query: { after: "1793577600000-0" } },
    plain: { status: 101, says: "The connection is a WebSocket." },
    problems: ["origin_refused", "upgrade_required", "too_many_sockets"],
  },
  "GET /v1/audit": {
    id: "listAudit",
    tag: "audit",
    summary: "The audit trail, the newest entry first",
    example: { query: { action: "booking.created" }, answer: { items: [example.entry], nextCursor: null } },
  },
  "GET /v1/audit/export": {
    id: "exportAudit",
    tag: "audit",
    summary: "The audit trail as JSON lines",
    example: { query: { entity: "booking", entityId: id }, answer: `${JSON.stringify(example.entry)}\n` },
    answers: ["Content-Disposition"],
    plain: { status: 200, says: "The file.", type: "application/x-ndjson" },
  },
  "GET /v1/api-keys": {
    id: "listApiKeys",
    tag: "api-keys",
    summary: "API keys, without their secrets",
    example: { answer: { items: [example.apiKey] } },
  },
  "POST /v1/api-keys": {
    id: "createApiKey",
    tag: "api-keys",
    summary: "Make an API key, which only this answer shows",
    example: {
      body: { name: "A till", scopes: ["bookings:read"], expiresAt: example.apiKey.expiresAt },
      answer: { apiKey: example.apiKey, key: "bw_test_…" },
    },
    problems: ["conflict"],
  },
  "DELETE /v1/api-keys/:id": {
    id: "revokeApiKey",
    tag: "api-keys",
    summary: "Revoke an API key",
    example: { params: { id: example.apiKey.id } },
  },
  "GET /v1/webhooks": {
    id: "listWebhooks",
    tag: "webhooks",
    summary: "Webhooks: where the organisation hears of its bookings (docs/webhooks.md)",
    example: { answer: { items: [example.webhook] } },
  },
  "POST /v1/webhooks": {
    id: "createWebhook",
    tag: "webhooks",
    summary: "Make a webhook",
    example: {
      body: { url: example.webhook.url, events: example.webhook.events },
      answer: { webhook: example.webhook, key: example.webhookKey },
    },
    problems: ["conflict"],
  },
  "PATCH /v1/webhooks/:id": {
    id: "updateWebhook",
    tag: "webhooks",
    summary: "Change a webhook, disable it, or enable it again",
    example: { params: { id }, body: { version: 1, enabled: true }, answer: example.webhook },
    problems: ["conflict"],
  },
  "DELETE /v1/webhooks/:id": {
    id: "removeWebhook",
    tag: "webhooks",
    summary: "Remove a webhook",
    example: { params: { id } },
  },
  "GET /v1/webhooks/:id/key": {
    id: "readWebhookKey",
    tag: "webhooks",
    summary: "The key that its receiver verifies signatures with",
    example: { params: { id }, answer: { key: example.webhookKey } },
  },
  "GET /v1/webhooks/:id/deliveries": {
    id: "listDeliveries",
    tag: "webhooks",
    summary: "What was sent, or will be, the newest first",
    example: { params: { id }, answer: { items: [example.delivery], nextCursor: null } },
  },
  "POST /v1/webhooks/:id/deliveries/:deliveryId/replay": {
    id: "replayDelivery",
    tag: "webhooks",
    summary: "Send a delivery once more",
    example: {
      params: { id, deliveryId: id },
      answer: {
        ...example.delivery,
        status: "pending",
        attempts: 0,
        nextAttemptAt: example.delivery.occurredAt,
      },
    },
    problems: ["conflict"],
  },
  "POST /v1/auth/sign-in": {
    id: "signIn",
    tag: "auth",
    summary: "Sign in with e-mail address and password",
    example: {
      body: { email: example.user.email, password: "correct horse battery", tokens: "body" },
      answer: { ...example.tokens, user: example.user },
    },
    answers: cookies,
    problems: ["sign_in_failed"],
  },
  "POST /v1/auth/accept-invitation": {
    id: "acceptInvitation",
    tag: "auth",
    summary: "Choose a password by an invitation",
    example: { body: { token: "AZdk…", password: "correct horse battery" } },
    problems: ["invitation_refused", "password_refused"],
  },
  "POST /v1/auth/refresh": {
    id: "refresh",
    tag: "auth",
    summary: "New tokens for a refresh token, from the body or the cookie",
    example: { body: { refreshToken: "AZdk…" }, answer: example.tokens },
    answers: cookies,
    problems: ["session_ended"],
  },
  "POST /v1/auth/sign-out": {
    id: "signOut",
    tag: "auth",
    summary: "End the session of a refresh token, or else of the access token",
    example: { body: { refreshToken: "AZdk…" } },
    answers: cookies,
  },
  "POST /v1/auth/password": {
    id: "changePassword",
    tag: "auth",
    summary: "Change one's password, which ends all other sessions",
    example: {
      body: { currentPassword: "correct horse battery", newPassword: "staple battery horse" },
      answer: example.tokens,
    },
    answers: cookies,
    problems: [...ofPassword, "password_refused", "conflict"],
  },
  "GET /v1/auth/session": {
    id: "readSession",
    tag: "auth",
    summary: "Who is signed in, and the session's CSRF token",
    example: { answer: example.ownSession },
    problems: ["session_ended"],
  },
  "GET /v1/sessions": {
    id: "listSessions",
    tag: "sessions",
    summary: "One's own sessions",
    example: { answer: { items: [example.session] } },
  },
  "POST /v1/sessions/revoke": {
    id: "revokeSessions",
    tag: "sessions",
    summary: "End all of one's sessions",
    example: { body: { currentPassword: "correct horse battery" } },
    answers: cookies,
    problems: ofPassword,
  },
  "POST /v1/sessions/:id/revoke": {
    id: "revokeSession",
    tag: "sessions",
    summary: "End one of one's sessions",
    example: { params: { id: example.session.id }, body: { currentPassword: "correct horse battery" } },
    problems: ofPassword,
  },
  "GET /v1/users": {
    id: "listUsers",
    tag: "users",
    summary: "The organisation's users, a page at a time",
    example: { query: { limit: "50" }, answer: { items: [example.user], nextAfter: null } },
  },
  "POST /v1/users": {
    id: "createUser",
    tag: "users",
    summary: "Invite a user",
    example: {
      body: { email: example.user.email, name: example.user.name, role: "member" },
      answer: { user: { ...example.user, status: "invited" }, invitation: example.invitation },
    },
    answers: ["Location"],
    problems: ["conflict"],
  },
  "PATCH /v1/users/:id": {
    id: "updateUser",
    tag: "users",
    summary: "Change a user's name or role, or disable the user",
    example: { params: { id: example.user.id }, body: { version: 1, role: "member" }, answer: example.user },
    problems: ["conflict"],
  },
  "POST /v1/users/:id/invitation": {
    id: "inviteUser",
    tag: "users",
    summary: "Invite a user anew, also after a forgotten password",
    example: { params: { id: example.user.id }, answer: example.invitation },
    problems: ["conflict"],
  },
  "GET /v1/users/:id/sessions": {
    id: "listSessionsOfUser",
    tag: "users",
    summary: "A user's sessions",
    example: { params: { id: example.user.id }, answer: { items: [example.session] } },
  },
  "DELETE /v1/users/:id/sessions": {
    id: "endSessionsOfUser",
    tag: "users",
    summary: "End all sessions of a user",
    example: { params: { id: example.user.id } },
  },
};
