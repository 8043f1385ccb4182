import { createHmac, hkdfSync } from "node:crypto";
import { acceptedValues, valueInForce } from "../contract/overlap.ts";
import type { RotatingValue } from "../contract/secret-values.ts";

/** What a receiver gets beside the body. */
interface Message {
  webhookId: string;
  /** Stays the same, however often it is sent. */
  id: string;
  /** Seconds since 1970, of this attempt. */
  timestamp: number;
  body: string;
}

/**
 * The keys of webhooks, by the Standard Webhooks specification 1.0.0, symmetric signatures
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md). Each is derived (HKDF, RFC 5869) from the
 * rotating secret and the webhook's id, so nobody's key signs for another one, and no key is stored.
 */
export class WebhookKeys {
  readonly #secret: () => RotatingValue;
  readonly #now: () => number;

  /** @param now milliseconds since 1970. */
  constructor(secret: () => RotatingValue, now: () => number = Date.now) {
    this.#secret = secret;
    this.#now = now;
  }

  /** The key for a receiver to verify with, as the specification writes it. */
  text(webhookId: string): string {
    return `whsec_${derived(valueInForce(this.#secret(), this.#now()), webhookId).toString("base64")}`;
  }

  /** The header `webhook-signature`: first by the key that `text` tells, then by each that counted before and has not expired. */
  signatures({ webhookId, id, timestamp, body }: Message): string {
    const [secret, now] = [this.#secret(), this.#now()];
    const values = new Set([valueInForce(secret, now), ...acceptedValues(secret, now)]);
    const signed = [...values].map((value) =>
      createHmac("sha256", derived(value, webhookId)).update(`${id}.${timestamp}.${body}`).digest("base64"),
    );
    return signed.map((signature) => `v1,${signature}`).join(" ");
  }
}

const derived = (value: string, webhookId: string): Buffer =>
  Buffer.from(hkdfSync("sha256", value, "", `webhook ${webhookId}`, 32));
