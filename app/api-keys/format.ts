import { createHash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

/** What every key begins with; access tokens do not. */
export const keyPrefix = "bw_";
const secretBytes = 24;
const pattern = /^([0-9a-f]{32})_([0-9a-f]{48})_([0-9a-f]{8})$/;

/** The parts of a key that is written correctly: whether it exists, the database says. */
export interface KeyParts {
  id: Buffer;
  secretHash: Buffer;
}

/**
 * A new key, `bw_<environment>_<id>_<secret>_<checksum>`, and what is kept of it. Prefix and checksum let a secret scanner tell a key from other
 * text without asking anybody, and let the API refuse a mistyped one without asking the database.
 */
export function newKey(environment: string, id: Buffer): { key: string; secretHash: Buffer } {
  const secret = randomBytes(secretBytes).toString("hex");
  const text = `${keyPrefix}${environment}_${id.toString("hex")}_${secret}`;
  return { key: `${text}_${checksum(text)}`, secretHash: sha256(secret) };
}

/** Reads a key of this environment; undefined for other text. */
export function readKey(environment: string, key: string): KeyParts | undefined {
  const start = `${keyPrefix}${environment}_`;
  if (!key.startsWith(start)) return undefined;
  const [, id, secret, given] = pattern.exec(key.slice(start.length)) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  if (checksum(key.slice(0, -9)) !== given) return undefined;
  return { id: Buffer.from(id, "hex"), secretHash: sha256(secret) };
}

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, "0");
const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();
