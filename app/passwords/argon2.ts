import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** What a hash costs: memory in KiB, and how often it is gone through. Parallelism is 1: a pod has half a processor. */
export interface Argon2Cost {
  memoryKib: number;
  passes: number;
}

const [saltLength, tagLength] = [16, 32];
const format = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

/**
 * Argon2id (RFC 9106) by Node's own OpenSSL, on its thread pool. A package with a native module would take half the time, and put
 * a file for each platform into the image, which is three bundles of plain JavaScript.
 */
const derive = promisify(argon2);

interface Parts {
  cost: Argon2Cost;
  salt: Buffer;
  tag: Buffer;
}

/** The hash of a password, in PHC format. @param pepper a key that is not in the database. */
export async function hashPassword(password: string, pepper: string, cost: Argon2Cost): Promise<string> {
  const salt = randomBytes(saltLength);
  return written({ cost, salt, tag: await tagOf(password, pepper, cost, salt) });
}

/** Whether the hash was made of this password and pepper. False for a text that is no such hash. */
export async function isPassword(password: string, pepper: string, hash: string): Promise<boolean> {
  const parts = read(hash);
  if (parts === undefined) return false;
  return timingSafeEqual(await tagOf(password, pepper, parts.cost, parts.salt), parts.tag);
}

/** What the hash cost; undefined for a text that is no such hash. */
export const costOf = (hash: string): Argon2Cost | undefined => read(hash)?.cost;

/** A hash of no password: to compare with it takes as long as with any other. */
export const decoyHash = (cost: Argon2Cost): string =>
  written({ cost, salt: randomBytes(saltLength), tag: randomBytes(tagLength) });

const tagOf = (password: string, pepper: string, cost: Argon2Cost, salt: Buffer): Promise<Buffer> =>
  derive("argon2id", {
    message: Buffer.from(password),
    nonce: salt,
    secret: Buffer.from(pepper),
    memory: cost.memoryKib,
    passes: cost.passes,
    parallelism: 1,
    tagLength,
  });

const written = ({ cost, salt, tag }: Parts): string =>
  `$argon2id$v=19$m=${cost.memoryKib},t=${cost.passes},p=1$${unpadded(salt)}$${unpadded(tag)}`;

function read(hash: string): Parts | undefined {
  const [, memory, passes, salt, tag] = format.exec(hash) ?? [];
  if (salt === undefined || tag === undefined) return undefined;
  return {
    cost: { memoryKib: Number(memory), passes: Number(passes) },
    salt: Buffer.from(salt, "base64"),
    tag: Buffer.from(tag, "base64"),
  };
}

const unpadded = (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", "");
