import { randomUUIDv7 } from "node:crypto";

/** A new UUIDv7 (RFC 9562): sorts by the time it was made, so rows are added at the end of the primary key. */
export const newId = (): string => randomUUIDv7();

/** A UUID as MySQL keeps it, BINARY(16). */
export const idToBytes = (id: string): Buffer => Buffer.from(id.replaceAll("-", ""), "hex");

/** A BINARY(16) column as a UUID. */
export function idFromBytes(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
