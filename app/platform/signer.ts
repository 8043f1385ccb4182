import { createHmac, timingSafeEqual } from "node:crypto";
import { acceptedValues, valueInForce } from "../contract/overlap.ts";
import type { RotatingValue } from "../contract/secret-values.ts";

/**
 * Signs values that clients store and return, by HMAC-SHA256 with the current key, and accepts signatures of every key that is
 * still valid (R5). It reads the key each time, because the key rotates while the process runs.
 */
export class Signer {
  readonly #key: () => RotatingValue;
  readonly #now: () => number;

  /** @param now milliseconds since 1970. */
  constructor(key: () => RotatingValue, now: () => number = Date.now) {
    this.#key = key;
    this.#now = now;
  }

  /** @param purpose what it signs: a signature for one purpose is invalid for another. */
  sign(purpose: string, data: Uint8Array): Buffer {
    return signature(valueInForce(this.#key(), this.#now()), purpose, data);
  }

  /** Compares in constant time, so that the duration reveals nothing about the right signature. */
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
