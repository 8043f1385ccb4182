import { hash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { isKnown } from "../http/preconditions.ts";
import type { HttpServer } from "../http/server.ts";
import { noParameters } from "../signing-keys/schema.ts";

/** Seconds that others may keep it: a release changes it. */
const keptSeconds = 300;

interface Page {
  text: string;
  tag: string;
  headers: Record<string, string>;
}

/**
 * Publishes docs/openapi.json and the page that is made from it (A24). They are part of the program, and loaded when they are asked for
 * first: most processes never are.
 */
export function serveOpenApi(app: HttpServer): void {
  serve(app, "/openapi.json", async () =>
    page(JSON.stringify(await document()), { "content-type": "application/json; charset=utf-8" }),
  );
  serve(app, "/reference", async () => {
    const [{ referencePage }, { style }] = await Promise.all([
      import("./reference/page.ts"),
      import("./reference/style.ts"),
    ]);
    return page(referencePage(await document()), {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": `default-src 'none'; style-src 'sha256-${hash("sha256", style.text, "base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    });
  });
}

const document = async () => (await import("../../docs/openapi.json", { with: { type: "json" } })).default;

const page = (text: string, headers: Page["headers"]): Page => ({
  text,
  tag: `"${hash("sha256", text, "base64url")}"`,
  headers: { "cache-control": `public, max-age=${keptSeconds}`, ...headers },
});

function serve(app: HttpServer, url: string, load: () => Promise<Page>): void {
  let made: Promise<Page> | undefined;
  app.get(url, { schema: { querystring: noParameters } }, async (request, reply) => {
    made ??= load();
    return answer(request, reply, await made);
  });
}

function answer({ headers }: FastifyRequest, reply: FastifyReply, { text, tag, headers: own }: Page) {
  reply.headers({ ...own, etag: tag });
  if (isKnown(headers, tag)) return reply.code(304).send();
  return reply.send(text);
}
