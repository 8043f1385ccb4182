import type { FastifyInstance, FastifyRequest } from "fastify";
import * as z from "zod";
import { originOf } from "../../audit/origin.ts";
import type { ApiEnv } from "../../contract/env.ts";
import { Problem } from "../../http/errors/problem.ts";
import { integer } from "../../http/formats.ts";
import { foreignCharset } from "../../http/json-body.ts";
import type { HttpServer } from "../../http/server.ts";
import { Slots } from "../../http/slots.ts";
import type { Writes } from "../../idempotency/writes.ts";
import { tooLarge } from "./bytes.ts";
import type { BookingImports, ReadFile } from "./service.ts";

const importAnswer = z.object({
  /** How many bookings were made. */
  imported: integer,
});

/** The HTTP face of imports (A13). Its body, which no other route takes, is read by the import while it arrives. */
export function serveImports(app: HttpServer, imports: BookingImports, writes: Writes, env: ApiEnv): void {
  const slots = new Slots("imports", { each: 1, all: 8 });
  // The file arrives in the first part of the time; the second is for what becomes of it.
  const timeoutMs = env.IMPORT_TIMEOUT_MS + env.REQUEST_TIMEOUT_MS;
  const schema = { response: { 200: importAnswer } };
  app.register(async (route: HttpServer) => {
    acceptCsv(route, env.IMPORT_LIMIT_BYTES);
    route.post("/v1/bookings/import", { schema, config: { timeoutMs } }, async (request, reply) => {
      const done = slots.take(request.actor.organisationId);
      const publish = ({ hash, prepare, work }: ReadFile) =>
        writes.answer(request, reply, {
          status: 200,
          body: importAnswer,
          sent: hash,
          prepare,
          work: async (transaction) => ({ imported: await work(transaction) }),
        });
      return imports.import(originOf(request), fileOf(request), publish).finally(done);
    });
  });
}

/** Text/csv (RFC 7111 section 5) and nothing else, unread. */
function acceptCsv(app: FastifyInstance, limitBytes: number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("text/csv", (request, _body, done) => {
    const { "content-type": type = "", "content-length": length = "0" } = request.headers;
    if (foreignCharset.test(type)) return done(notCsv("The file is sent in UTF-8, no other charset."));
    if (Number(length) > limitBytes) return done(tooLarge(limitBytes));
    done(null, undefined);
  });
  app.addContentTypeParser("*", (_request, _body, done) =>
    done(notCsv("Send CSV, with Content-Type: text/csv.")),
  );
}

const notCsv = (detail: string) => new Problem("unsupported_media_type", detail);

/** The request's body. Its end leaves the connection open, so that there can be an answer. */
async function* fileOf({ raw }: FastifyRequest): AsyncGenerator<Buffer> {
  try {
    yield* raw.iterator({ destroyOnReturn: false });
  } catch {
    throw new Problem("malformed_request", "The upload broke off.");
  }
}
