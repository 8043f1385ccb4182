import { randomBytes } from "node:crypto";
import { hash, verify } from "@node-rs/argon2";

/** What a hash costs: memory in KiB, and how often it is gone through. Parallelism is 1: a pod has half a processor. */
export interface Argon2Cost {
  memoryKib: number;
  passes: number;
}

const [saltLength, tagLength] = [16, 32];
const format = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/;

/**
 * The hash of a password: Argon2id, the package's default, in PHC format. The package's Rust on Node's thread pool takes half the time of
 * node:crypto's OpenSSL, and each makes what the other verifies.
 * @param pepper a key that is not in the database.
 */
export function hashPassword(password: string, pepper: string, cost: Argon2Cost): Promise<string> {
  return hash(Buffer.from(password), {
    memoryCost: cost.memoryKib,
    timeCost: cost.passes,
    parallelism: 1,
    outputLen: tagLength,
    secret: Buffer.from(pepper),
  });
}

/** Whether the hash was made of this password and pepper. False for a text that is no such hash. */
export async function isPassword(password: string, pepper: string, text: string): Promise<boolean> {
  return format.test(text) && verify(text, Buffer.from(password), { secret: Buffer.from(pepper) });
}

/** What the hash cost; undefined for a text that is no such hash. */
export function costOf(text: string): Argon2Cost | undefined {
  const [, memory, passes] = format.exec(text) ?? [];
  return memory === undefined ? undefined : { memoryKib: Number(memory), passes: Number(passes) };
}

/** A hash of no password: to compare with it takes as long as with any other. */
export const decoyHash = ({ memoryKib, passes }: Argon2Cost): string =>
  `$argon2id$v=19$m=${memoryKib},t=${passes},p=1$${unpadded(randomBytes(saltLength))}$${unpadded(randomBytes(tagLength))}`;

const unpadded = (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", "");
