import { randomBytes } from "node:crypto";
import { idFromBytes, idToBytes } from "../platform/ids.ts";
import { type Signer, signatureLength } from "../platform/signer.ts";

const purpose = "device";
const [idLength, randomLength] = [16, 16];
const length = idLength + randomLength;

/** A year: the cookie is renewed at each sign-in, and ends earlier with the key that signed it. */
export const deviceSeconds = 31_536_000;

/**
 * Cookies that tell a browser in which a user has signed in. Attempts with one count by themselves, so nobody who tries passwords
 * elsewhere locks this browser out (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").
 */
export class Devices {
  readonly #signer: Signer;

  constructor(signer: Signer) {
    this.#signer = signer;
  }

  /** A cookie for a browser in which the user has just signed in. */
  write(userId: string): string {
    const bytes = Buffer.concat([idToBytes(userId), randomBytes(randomLength)]);
    return Buffer.concat([bytes, this.#signer.sign(purpose, bytes)]).toString("base64url");
  }

  /** Whether the cookie is one of ours, for this user. */
  isKnown(cookie: string, userId: string): boolean {
    const bytes = Buffer.from(cookie, "base64url");
    if (bytes.length !== length + signatureLength || bytes.toString("base64url") !== cookie) return false;
    if (idFromBytes(bytes.subarray(0, idLength)) !== userId) return false;
    return this.#signer.isSigned(purpose, bytes.subarray(0, length), bytes.subarray(length));
  }
}
