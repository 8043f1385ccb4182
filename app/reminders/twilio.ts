import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import * as z from "zod";
import type { SecretValue } from "../contract/secrets.ts";
import type { Metrics } from "../platform/metrics.ts";
import { createBreaker, isBrokenCircuitError } from "../platform/resilience.ts";
import type { Trust } from "../platform/trust.ts";
import type { Sms, SmsOutcome, SmsProvider } from "./sms.ts";

export interface TwilioOptions {
  /** https://api.twilio.com, or what stands in for it. */
  url: string;
  credentials(): SecretValue<"twilio">;
  trust: Trust;
  metrics: Metrics;
}

/** Longest that connecting and an attempt as a whole may take, milliseconds. */
const [connectMs, attemptMs] = [3_000, 5_000];

const created = z.object({ sid: z.string().max(64) });
const refused = z.object({ code: z.number().int() });
/** https://www.twilio.com/docs/api/errors: the number has answered STOP; too many requests. */
const [stopped, tooMany] = [21610, 20429];

/** Counts for the breaker, then becomes an outcome again. */
class Failed extends Error {
  readonly outcome: SmsOutcome;

  constructor(outcome: SmsOutcome) {
    super("the attempt failed");
    this.outcome = outcome;
  }
}

/**
 * Sends by Twilio's Messages resource (https://www.twilio.com/docs/messaging/api/message-resource). By Node's own client, not Twilio's: that
 * does not tell a request that never left from one whose answer is missing, which decides whether it may be repeated; and it adds 8 MB to
 * the bundle, for one request.
 */
export function twilio(options: TwilioOptions): SmsProvider {
  const breaker = createBreaker("twilio", options.metrics, (error) => error instanceof Failed);
  return {
    send: async (sms) => {
      try {
        return await breaker.execute(async () => {
          const outcome = await attempt(options, sms);
          if (outcome.kind === "unknown" || (outcome.kind === "unsent" && !outcome.final))
            throw new Failed(outcome);
          return outcome;
        });
      } catch (error) {
        if (error instanceof Failed) return error.outcome;
        if (isBrokenCircuitError(error)) return { kind: "unsent", error: "circuit_open", final: false };
        throw error;
      }
    },
    get state() {
      return breaker.state;
    },
  };
}

async function attempt({ url, credentials, trust }: TwilioOptions, sms: Sms): Promise<SmsOutcome> {
  const login = credentials();
  if (login === null) return { kind: "unsent", error: "no_credentials", final: false };
  const { accountSid, authToken, from } = login;
  const to = new URL(`/2010-04-01/Accounts/${accountSid}/Messages.json`, url);
  const body = new URLSearchParams({ To: sms.to, From: from, Body: sms.text });
  if (sms.statusUrl !== undefined) body.set("StatusCallback", sms.statusUrl);
  // A connection of its own: one that was kept could end while the request is under way.
  const sending = request(to, {
    method: "POST",
    agent: false,
    auth: `${accountSid}:${authToken}`,
    headers: { "content-type": "application/x-www-form-urlencoded", "user-agent": "bulwark" },
    signal: AbortSignal.timeout(attemptMs),
    ...trust.cache(to.hostname),
  });
  let connected = false;
  const late = setTimeout(() => sending.destroy(new Error("connecting took too long")), connectMs);
  sending.once("socket", (socket) =>
    socket.once("secureConnect", () => {
      connected = true;
      clearTimeout(late);
    }),
  );
  try {
    sending.end(body.toString());
    const [response] = await once(sending, "response");
    return outcomeOf(Number(response.statusCode), await text(response).catch(() => ""));
  } catch (error) {
    const code = codeOf(error);
    return connected ? { kind: "unknown", error: code } : { kind: "unsent", error: code, final: false };
  } finally {
    clearTimeout(late);
  }
}

function outcomeOf(status: number, body: string): SmsOutcome {
  const answer = json(body);
  if (status >= 200 && status < 300) {
    const { data } = created.safeParse(answer);
    return { kind: "sent", ...(data && { providerId: data.sid }) };
  }
  const code = refused.safeParse(answer).data?.code ?? status;
  // Whatever it did before it failed.
  if (status >= 500 || status < 400) return { kind: "unknown", error: String(code) };
  const again = status === 429 || status === 408 || code === tooMany || status === 401;
  return {
    kind: "unsent",
    error: String(code),
    final: !again,
    ...(code === stopped && { optedOut: true as const }),
  };
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return "code" in error && typeof error.code === "string"
    ? error.code.slice(0, 64)
    : error.name.slice(0, 64);
}

/**
 * Whether Twilio sent this: X-Twilio-Signature is the HMAC-SHA1 of the URL and all parameters in the order of their names
 * (https://www.twilio.com/docs/usage/security#validating-requests).
 */
export function isFromTwilio(
  authToken: string,
  url: string,
  parameters: URLSearchParams,
  signature: string,
): boolean {
  const expected = Buffer.from(signatureOf(authToken, url, parameters));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

export function signatureOf(authToken: string, url: string, parameters: URLSearchParams): string {
  const sorted = [...parameters].sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
  return createHmac("sha1", authToken)
    .update(url + sorted.flat().join(""))
    .digest("base64");
}
