/**
 * The API reads and writes DATETIME columns as text, in UTC with milliseconds: the client would make `Date`s of them, and reads
 * the years 0 to 99 as 1900 to 1999 (mysql2's readDateTime calls Date.UTC: ECMA-262 section 21.4.3.4).
 */
export const toDatabaseTime = (time: Date): string => time.toISOString().slice(0, -1).replace("T", " ");

/** A database time as the API answers it: ISO 8601. The client omits a zero fraction. */
export const fromDatabaseTime = (text: string): string =>
  `${text.slice(0, 10)}T${text.slice(11)}${text.length === 19 ? ".000Z" : "Z"}`;
