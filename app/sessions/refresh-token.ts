import { idFromBytes, idToBytes } from "../platform/ids.ts";
import { type Signer, signatureLength } from "../platform/signer.ts";
import type { SessionRow } from "./repository.ts";

const purpose = "refresh-token";
const [idLength, generationLength] = [16, 4];
const headLength = idLength + generationLength;

/** What a refresh token says, before it is known whether it is genuine. */
export interface RefreshClaim {
  sessionId: string;
  generation: number;
  signature: Buffer;
}

/**
 * Refresh tokens: a session's id and generation, signed together with the session's seed. The database holds the seed and not the
 * key, the secret store the key and not the seed, so that a copy of either makes no token.
 */
export class RefreshTokens {
  readonly #signer: Signer;

  constructor(signer: Signer) {
    this.#signer = signer;
  }

  /** The token of a session's present generation. */
  write({ id, generation, seed }: Pick<SessionRow, "id" | "generation" | "seed">): string {
    const head = headOf(id, generation);
    const signature = this.#signer.sign(purpose, Buffer.concat([head, seed]));
    return Buffer.concat([head, signature]).toString("base64url");
  }

  /** Undefined for a text that is no token of ours by its form. */
  read(token: string): RefreshClaim | undefined {
    const bytes = Buffer.from(token, "base64url");
    if (bytes.length !== headLength + signatureLength || bytes.toString("base64url") !== token)
      return undefined;
    return {
      sessionId: idFromBytes(bytes.subarray(0, idLength)),
      generation: bytes.readUInt32BE(idLength),
      signature: bytes.subarray(headLength),
    };
  }

  /** Whether we made the token, for any generation of this session. */
  isGenuine({ sessionId, generation, signature }: RefreshClaim, seed: Buffer): boolean {
    const signed = Buffer.concat([headOf(idToBytes(sessionId), generation), seed]);
    return this.#signer.isSigned(purpose, signed, signature);
  }
}

function headOf(id: Buffer, generation: number): Buffer {
  const number = Buffer.alloc(generationLength);
  number.writeUInt32BE(generation);
  return Buffer.concat([id, number]);
}
