import { isUtf8 } from "node:buffer";
import type { FastifyInstance } from "fastify";
import { Problem } from "./errors/problem.ts";

/** The most that a body may hold: nested levels, values of any kind, and members of objects among them. */
export const largestJson = { depth: 10, values: 1_000, keys: 250 } as const;
const poisonous = new Set(["__proto__", "constructor", "prototype"]);
/** A charset other than UTF-8, which is that of JSON (RFC 8259 section 8.1) and of what else the API reads. */
export const foreignCharset = /;\s*charset\s*=\s*(?!"?utf-?8"?\s*(?:;|$))/i;

/** The API accepts only JSON bodies; this checks what zod cannot see afterwards (A6, A27). */
export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body: Buffer, done) => {
    try {
      if (foreignCharset.test(request.headers["content-type"] ?? "")) {
        throw new Problem("unsupported_media_type", "JSON is sent in UTF-8, no other charset.");
      }
      done(null, parseJson(body));
    } catch (error) {
      done(error instanceof Error ? error : new Error("unreadable body"));
    }
  });
}

/**
 * Parses JSON that came from outside.
 * @throws Problem for bytes that are not UTF-8 or not JSON, more than `largestJson`, null bytes, text that is not well-formed
 * Unicode (a half of a surrogate pair, which no UTF-8 can hold) and keys that reach prototypes.
 */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) throw malformed("The body is empty.");
  if (!isUtf8(body)) throw malformed("The body is not UTF-8.");
  refuseOversized(body);
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    throw malformed("The body is not JSON.");
  }
  inspect(value);
  return value;
}

const malformed = (detail: string) => new Problem("malformed_request", detail);

const quote = 0x22;
const backslash = 0x5c;

/** Counts brackets, commas and colons outside strings. It builds nothing: a few bytes of JSON can take a hundred in memory. */
function refuseOversized(body: Buffer): void {
  let [depth, values, keys] = [0, 1, 0];
  let inString = false;
  for (let index = 0; index < body.length; index++) {
    const byte = body[index];
    if (inString) {
      if (byte === backslash) index++;
      else if (byte === quote) inString = false;
    } else if (byte === quote) inString = true;
    else if (byte === 0x2c) values++;
    else if (byte === 0x3a) keys++;
    else if (byte === 0x5b || byte === 0x7b) {
      values++;
      if (++depth > largestJson.depth)
        throw malformed(`The body is nested deeper than ${largestJson.depth} levels.`);
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  if (values > largestJson.values) throw malformed(`The body has more than ${largestJson.values} values.`);
  if (keys > largestJson.keys) throw malformed(`The body has more than ${largestJson.keys} members.`);
}

function inspect(value: unknown): void {
  if (typeof value === "string") inspectText(value);
  else if (Array.isArray(value)) value.forEach(inspect);
  else if (typeof value === "object" && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      if (poisonous.has(key)) throw malformed(`The body has the key "${key}", which is refused.`);
      inspectText(key);
      inspect(member);
    }
  }
}

function inspectText(text: string): void {
  if (text.includes("\0")) throw malformed("The body contains a null byte.");
  if (!text.isWellFormed()) throw malformed("The body contains half of a surrogate pair.");
}
