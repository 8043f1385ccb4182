import { sessionIdleSeconds } from "../contract/lifetimes.ts";
import { idFromBytes, idToBytes } from "../platform/ids.ts";
import { type Signer, signatureLength } from "../platform/signer.ts";
import type { Invitation } from "./schema.ts";

const purpose = "invitation";
const [idLength, timeLength] = [16, 8];

/** A user, and when the invitation was issued: only the newest one counts, and only until it is accepted. */
export interface Invited {
  userId: string;
  /** Milliseconds since 1970. */
  issuedAt: number;
}

/** Invitations as texts that a person hands back: signed, so that the database holds nothing that opens an account. */
export class Invitations {
  readonly #signer: Signer;

  constructor(signer: Signer) {
    this.#signer = signer;
  }

  write({ userId, issuedAt }: Invited): Invitation {
    const time = Buffer.alloc(timeLength);
    time.writeBigInt64BE(BigInt(issuedAt));
    const bytes = Buffer.concat([idToBytes(userId), time]);
    const token = Buffer.concat([bytes, this.#signer.sign(purpose, bytes)]).toString("base64url");
    return { token, expiresAt: new Date(issuedAt + lifeMs).toISOString() };
  }

  /** Whom the text invites; undefined if we did not write it, or too long ago. */
  read(token: string): Invited | undefined {
    const bytes = Buffer.from(token, "base64url");
    const length = idLength + timeLength;
    if (bytes.length !== length + signatureLength || bytes.toString("base64url") !== token) return undefined;
    const signed = bytes.subarray(0, length);
    if (!this.#signer.isSigned(purpose, signed, bytes.subarray(length))) return undefined;
    const issuedAt = Number(signed.readBigInt64BE(idLength));
    if (Date.now() - issuedAt >= lifeMs) return undefined;
    return { userId: idFromBytes(signed.subarray(0, idLength)), issuedAt };
  }
}

const lifeMs = sessionIdleSeconds * 1_000;
