import { z } from "zod";

/** The last booking of a page: the next page starts behind it. */
export interface Position {
  startsAt: Date;
  id: string;
}

const parts = z.tuple([z.number().int(), z.uuid()]);

/** A position as an opaque text: clients hand it back, they don't look into it. */
export const toCursor = ({ startsAt, id }: Position): string =>
  Buffer.from(JSON.stringify([startsAt.getTime(), id])).toString("base64url");

/** The position in a cursor, or undefined where the text is none of ours. */
export function fromCursor(cursor: string): Position | undefined {
  try {
    const [startsAt, id] = parts.parse(JSON.parse(Buffer.from(cursor, "base64url").toString()));
    return { startsAt: new Date(startsAt), id };
  } catch {
    return undefined;
  }
}
