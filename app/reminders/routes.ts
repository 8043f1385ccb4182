import type { FastifyRequest } from "fastify";
import * as z from "zod";
import type { ApiEnv } from "../contract/env.ts";
import type { SecretValue } from "../contract/secrets.ts";
import { Problem } from "../http/errors/problem.ts";
import type { HttpServer } from "../http/server.ts";
import type { DatabaseAccess } from "../platform/database/database.ts";
import { toDatabaseTime } from "../platform/database/times.ts";
import { idToBytes } from "../platform/ids.ts";
import type { Secret } from "../platform/secrets.ts";
import { insertOptOut, takeEnd, takeSent } from "./repository.ts";
import { isFromTwilio } from "./twilio.ts";

const form = "application/x-www-form-urlencoded";
const query = z.strictObject({ reminder: z.uuid().optional() });
const phone = z.string().regex(/^\+[1-9]\d{1,14}$/);
/** https://help.twilio.com/articles/223134027: the words that end it. */
const stop = /^\s*(stop|stopall|unsubscribe|cancel|end|quit|optout|revoke)\s*$/i;

/** Of an SMS that was sent. Twilio adds parameters as it likes. */
const status = z.object({
  MessageSid: z.string().max(64),
  MessageStatus: z.string(),
  ErrorCode: z.string().max(16).optional(),
});
/** An SMS that came in. */
const incoming = z.object({ From: phone, Body: z.string().max(1_600) });

export interface SmsEventOptions {
  env: Pick<ApiEnv, "PUBLIC_HOST">;
  database: DatabaseAccess;
  twilio: Secret<SecretValue<"twilio">>;
}

/** What Twilio tells of SMS: what became of one, and who answers STOP. Told twice, it changes nothing more. */
export function serveSmsEvents(app: HttpServer, options: SmsEventOptions): void {
  app.register(async (route: HttpServer) => {
    route.removeAllContentTypeParsers();
    route.addContentTypeParser(form, { parseAs: "string" }, (_request, body, done) =>
      done(null, String(body)),
    );
    const schema = { querystring: query, response: { 204: z.undefined() } };
    route.post("/v1/sms/events", { schema }, async (request, reply) => {
      const parameters = verified(options, request);
      await take(options.database, request.query.reminder, Object.fromEntries(parameters));
      reply.code(204);
    });
  });
}

/** @throws Problem when it is not Twilio's */
function verified({ env, twilio }: SmsEventOptions, request: FastifyRequest): URLSearchParams {
  const parameters = new URLSearchParams(typeof request.body === "string" ? request.body : "");
  const { "x-twilio-signature": signature = "" } = request.headers;
  const url = `https://${env.PUBLIC_HOST}${request.originalUrl}`;
  const { current } = twilio;
  if (
    current === null ||
    env.PUBLIC_HOST === undefined ||
    !isFromTwilio(current.authToken, url, parameters, String(signature))
  )
    throw new Problem("forbidden", "This is not signed by Twilio.");
  return parameters;
}

async function take(
  database: DatabaseAccess,
  reminder: string | undefined,
  parameters: unknown,
): Promise<void> {
  const since = toDatabaseTime(new Date());
  const told = status.safeParse(parameters).data;
  if (told !== undefined && reminder !== undefined) {
    const event = {
      id: idToBytes(reminder),
      since,
      provider_id: told.MessageSid,
      error: told.ErrorCode ?? null,
    };
    const { MessageStatus: now } = told;
    if (now === "delivered") await database.read((db) => takeEnd(db, { ...event, state: "delivered" }));
    else if (now === "undelivered" || now === "failed")
      await database.read((db) => takeEnd(db, { ...event, state: "failed" }));
    else await database.read((db) => takeSent(db, { ...event, state: "sent" }));
    return;
  }
  const answered = incoming.safeParse(parameters).data;
  if (answered !== undefined && stop.test(answered.Body))
    await database.read((db) => insertOptOut(db, { phone: answered.From, since }));
}
