import { hash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { isKnown } from "../http/preconditions.ts";
import type { HttpServer } from "../http/server.ts";
import { noParameters } from "../signing-keys/schema.ts";

/** Seconds that others may keep it: a release changes it. */
const keptSeconds = 300;

/** Publishes docs/openapi.json (A24). It is part of the program, and loaded when it is asked for first: most processes never are. */
export function serveOpenApi(app: HttpServer): void {
  let document: Promise<{ text: string; tag: string }> | undefined;
  app.get("/openapi.json", { schema: { querystring: noParameters } }, async (request, reply) => {
    document ??= load();
    return answer(request, reply, await document);
  });
}

async function load(): Promise<{ text: string; tag: string }> {
  const { default: document } = await import("../../docs/openapi.json", { with: { type: "json" } });
  const text = JSON.stringify(document);
  return { text, tag: `"${hash("sha256", text, "base64url")}"` };
}

function answer(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  { text, tag }: { text: string; tag: string },
) {
  reply.headers({ "cache-control": `public, max-age=${keptSeconds}`, etag: tag });
  if (isKnown(headers, tag)) return reply.code(304).send();
  return reply.type("application/json; charset=utf-8").send(text);
}
