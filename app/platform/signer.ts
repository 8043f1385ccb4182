import { createHmac, timingSafeEqual } from "node:crypto";
import { acceptedValues, valueInForce } from "../contract/overlap.ts";
import type { RotatingValue } from "../contract/secret-values.ts";

/**
 * Signs what clients carry for us and hand back, by HMAC-SHA256 with the key in force, and knows again what any key that is
 * still accepted has signed (R5). The key is asked for each time: it rotates while the process runs.
 */
export class Signer {
  readonly #key: () => RotatingValue;
  readonly #now: () => number;

  /** @param now milliseconds since 1970. */
  constructor(key: () => RotatingValue, now: () => number = Date.now) {
    this.#key = key;
    this.#now = now;
  }

  /** @param purpose what is signed: a signature made for one purpose is none for another. */
  sign(purpose: string, data: Uint8Array): Buffer {
    return signature(valueInForce(this.#key(), this.#now()), purpose, data);
  }

  /** Compares in constant time: how long it takes tells nothing about the right signature. */
  isSigned(purpose: string, data: Uint8Array, given: Uint8Array): boolean {
    return acceptedValues(this.#key(), this.#now()).some((key) => {
      const right = signature(key, purpose, data);
      return right.length === given.length && timingSafeEqual(right, given);
    });
  }
}

/** Bytes of a signature. */
export const signatureLength = 32;

const signature = (key: string, purpose: string, data: Uint8Array): Buffer =>
  createHmac("sha256", key).update(`${purpose}\0`).update(data).digest();
