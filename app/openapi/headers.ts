import { rateLimitHeaders } from "../http/rate-limit/hook.ts";

const text = { type: "string" } as const;
const quantity = { type: "string", pattern: "^\\d+$" } as const;

/** Headers that single routes read. */
export const requestHeaders = {
  "Idempotency-Key": {
    description: "Does the write once, however often it is sent: a repetition gets the first answer.",
    schema: { type: "string", minLength: 1, maxLength: 255, pattern: "^[A-Za-z0-9_-]+$" },
    example: "8e03978e-40d5-43e8-bc93-6894a57f9324",
  },
  "If-Match": {
    description: "ETag of what the change is for. Required where the body has no version.",
    schema: { type: "string", pattern: '^"[0-9]{1,9}"$' },
    example: '"1"',
  },
  "If-None-Match": {
    description: "ETag of what the client has: 304 where it is current.",
    schema: text,
    example: '"1"',
  },
} as const;
export type RequestHeader = keyof typeof requestHeaders;

/** Headers that single routes answer with where they succeed. */
export const answerHeaders = {
  Location: { description: "Path of what was made.", schema: text },
  ETag: { description: "Version of the contents.", schema: text },
  "Cache-Control": { description: "How long the answer may be kept.", schema: text },
  "Content-Disposition": { description: "Name of the file.", schema: text },
  "Set-Cookie": { description: "Tokens as cookies, where they are not in the body.", schema: text },
  "Idempotency-Replayed": {
    description: "The answer is the one to an earlier request with this Idempotency-Key.",
    schema: { type: "string", const: "true" },
  },
} as const;
export type AnswerHeader = keyof typeof answerHeaders;

/** Of every answer, and of every one but a probe's. */
export const requestId = { "X-Request-Id": { description: "Id of the request in the log.", schema: text } };
export const limitHeaders: Readonly<Record<string, object>> = Object.fromEntries(
  rateLimitHeaders
    .filter((name) => name !== "retry-after")
    .map((name) => [
      name.replaceAll(/(^|-)[a-z]/g, (letter) => letter.toUpperCase()).replace("Ratelimit", "RateLimit"),
      {
        description: "What the limit that is nearest to its end leaves (docs/limits.md).",
        schema: /-(limit|remaining|reset)$/.test(name) ? quantity : text,
      },
    ]),
);

/** By status of a refusal. */
export const refusalHeaders: Readonly<Record<number, Readonly<Record<string, object>>>> = {
  401: { "WWW-Authenticate": { description: "RFC 6750.", required: true, schema: text } },
  429: { "Retry-After": { description: "Seconds.", required: true, schema: quantity } },
  503: { "Retry-After": { description: "Seconds.", required: true, schema: quantity } },
};
