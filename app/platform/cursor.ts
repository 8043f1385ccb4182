import { idFromBytes, idToBytes } from "./ids.ts";
import { type Signer, signatureLength } from "./signer.ts";

/** The last item of a page, in a list that is ordered by a time and then the id: the next page starts behind it. */
export interface Position {
  at: Date;
  id: string;
}

/** Milliseconds as 64 bits, then the item's id. */
const [timeLength, idLength] = [8, 16];

/** The longest text of a cursor, characters: what a schema lets through. */
export const longestCursor = 100;

/**
 * Positions as opaque texts that clients hand back. They are signed, and for one organisation: a client can neither make one up
 * nor use another's.
 */
export class Cursors {
  readonly #signer: Signer;
  readonly #purpose: string;

  /** @param list whose positions they are: a cursor of one list is none of another. */
  constructor(signer: Signer, list: "bookings" | "audit" | "webhook-deliveries") {
    this.#signer = signer;
    this.#purpose = `${list}-cursor`;
  }

  write(organisationId: string, { at, id }: Position): string {
    const position = Buffer.alloc(timeLength);
    position.writeBigInt64BE(BigInt(at.getTime()));
    const bytes = Buffer.concat([position, idToBytes(id)]);
    const signature = this.#signer.sign(this.#purpose, owned(organisationId, bytes));
    return Buffer.concat([bytes, signature]).toString("base64url");
  }

  /** The position in a cursor; undefined if we did not sign the text for this organisation. */
  read(organisationId: string, cursor: string): Position | undefined {
    const bytes = Buffer.from(cursor, "base64url");
    const length = timeLength + idLength;
    // Node skips characters that do not belong there: one position, one text.
    if (bytes.length !== length + signatureLength || bytes.toString("base64url") !== cursor) return undefined;
    const [position, signature] = [bytes.subarray(0, length), bytes.subarray(length)];
    if (!this.#signer.isSigned(this.#purpose, owned(organisationId, position), signature)) return undefined;
    const at = new Date(Number(position.readBigInt64BE()));
    return { at, id: idFromBytes(position.subarray(timeLength)) };
  }
}

const owned = (organisationId: string, position: Uint8Array): Buffer =>
  Buffer.concat([idToBytes(organisationId), position]);
