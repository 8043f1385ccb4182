import { idFromBytes, idToBytes } from "../platform/ids.ts";
import { type Signer, signatureLength } from "../platform/signer.ts";

/** The last booking of a page: the next page starts behind it. */
export interface Position {
  startsAt: Date;
  id: string;
}

/** Milliseconds as 64 bits, then the booking's id. */
const [timeLength, idLength] = [8, 16];
const purpose = "bookings-cursor";

/**
 * Positions as opaque texts that clients hand back. They are signed, and for one organisation: a client can neither make one up
 * nor use another's.
 */
export class Cursors {
  readonly #signer: Signer;

  constructor(signer: Signer) {
    this.#signer = signer;
  }

  write(organisationId: string, { startsAt, id }: Position): string {
    const position = Buffer.alloc(timeLength);
    position.writeBigInt64BE(BigInt(startsAt.getTime()));
    const bytes = Buffer.concat([position, idToBytes(id)]);
    const signature = this.#signer.sign(purpose, owned(organisationId, bytes));
    return Buffer.concat([bytes, signature]).toString("base64url");
  }

  /** The position in a cursor; undefined if we did not sign the text for this organisation. */
  read(organisationId: string, cursor: string): Position | undefined {
    const bytes = Buffer.from(cursor, "base64url");
    const length = timeLength + idLength;
    // Node skips characters that do not belong there: one position, one text.
    if (bytes.length !== length + signatureLength || bytes.toString("base64url") !== cursor) return undefined;
    const [position, signature] = [bytes.subarray(0, length), bytes.subarray(length)];
    if (!this.#signer.isSigned(purpose, owned(organisationId, position), signature)) return undefined;
    const startsAt = new Date(Number(position.readBigInt64BE()));
    return { startsAt, id: idFromBytes(position.subarray(timeLength)) };
  }
}

const owned = (organisationId: string, position: Uint8Array): Buffer =>
  Buffer.concat([idToBytes(organisationId), position]);
