import type { FastifyRequest } from "fastify";
import { Problem } from "./errors/problem.ts";

type Headers = FastifyRequest["headers"];

/** The entity tag of a version (RFC 9110 section 8.8.3). A version never has two contents, so it is a strong one. */
export const entityTag = (version: number): string => `"${version}"`;

/** `"1"`, or the weak `W/"1"` (section 8.8.3). */
const listed = /^(?:W\/)?"[!#-~\x80-\xff]*"$/;

/** Tags that a condition names, or any. */
type Tags = "any" | readonly string[];

/** Tags of a list; undefined where it is none. */
function tagsOf(header: string): Tags | undefined {
  if (header.trim() === "*") return "any";
  const tags = header.split(",").map((tag) => tag.trim());
  return tags.every((tag) => listed.test(tag)) ? tags : undefined;
}

/**
 * The condition of If-Match (section 13.1.1), by strong comparison.
 * @returns whether it lets a change of something with this tag pass; undefined without the header.
 * @throws Problem `validation_failed` where the header is not a list of tags.
 */
export function ifMatch({ "if-match": header }: Headers): ((tag: string) => boolean) | undefined {
  if (header === undefined) return undefined;
  const tags = tagsOf(header);
  if (tags !== undefined) return (tag) => tags === "any" || tags.includes(tag);
  const message = 'must be an ETag, such as "3"';
  throw new Problem("validation_failed", "The headers are not valid: if-match.", {
    extensions: { errors: [{ in: "headers", field: "if-match", message }] },
  });
}

/** Whether If-None-Match names this tag (section 13.1.2), by weak comparison: the client has what a GET would answer. */
export function isKnown({ "if-none-match": header }: Headers, tag: string): boolean {
  if (header === undefined) return false;
  const tags = tagsOf(header);
  return tags === "any" || tags?.some((one) => one === tag || one === `W/${tag}`) === true;
}
