import type { FastifyInstance } from "fastify";
import { Problem } from "./errors/problem.ts";

export const deepestJson = 10;
const poisonous = new Set(["__proto__", "constructor", "prototype"]);

/** JSON is the only body this API takes; it is checked for what zod cannot see afterwards (A6). */
export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, parseJson(String(body)));
    } catch (error) {
      done(error instanceof Error ? error : new Error("unreadable body"));
    }
  });
}

/**
 * Parses JSON that came from outside.
 * @throws Problem for text that is not JSON, nested deeper than ten levels, or that has null bytes or keys that reach prototypes.
 */
export function parseJson(text: string): unknown {
  // Before parsing: ten megabytes of "[" would become hundreds of megabytes of arrays.
  if (nesting(text) > deepestJson) throw tooDeep();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Problem("malformed_request", text === "" ? "The body is empty." : "The body is not JSON.");
  }
  inspect(value);
  return value;
}

const tooDeep = () =>
  new Problem("malformed_request", `The body is nested deeper than ${deepestJson} levels.`);

const quote = 0x22;
const backslash = 0x5c;

/** Deepest nesting of brackets outside strings. */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === backslash) index++;
      else if (code === quote) inString = false;
    } else if (code === quote) inString = true;
    else if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x5d || code === 0x7d) depth--;
  }
  return deepest;
}

function inspect(value: unknown): void {
  if (typeof value === "string") {
    if (value.includes("\0")) throw new Problem("malformed_request", "The body contains a null byte.");
    return;
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (poisonous.has(key))
      throw new Problem("malformed_request", `The body has the key "${key}", which is refused.`);
    inspect(key);
    inspect(member);
  }
}
