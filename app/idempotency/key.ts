import { Problem } from "../http/errors/problem.ts";

/** RFC 8941 section 3.3.3. */
const quoted = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;
/** Visible ASCII that neither is part of a quoted string nor joins two headers of this name. */
const bare = /^[!#-+\--[\]-~]+$/;
const longest = 255;

/**
 * The key in an Idempotency-Key header: a string by draft-ietf-httpapi-idempotency-key-header-07, `"…"`, or what most clients send,
 * the same without quotes.
 * @returns undefined without the header.
 * @throws Problem `validation_failed`
 */
export function keyIn(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = String(header);
  const key = quoted.exec(text)?.[1]?.replace(/\\(.)/g, "$1") ?? (bare.test(text) ? text : "");
  if (key.length >= 1 && key.length <= longest) return key;
  const message = `must be 1 to ${longest} visible ASCII characters, in quotes or without`;
  throw new Problem("validation_failed", "The headers are not valid: idempotency-key.", {
    extensions: { errors: [{ in: "headers", field: "idempotency-key", message }] },
  });
}
