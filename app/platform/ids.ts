import { randomBytes } from "node:crypto";

/** Random digits are drawn for 512 ids at once: one draw costs as much as the rest of an id. */
let digits = "";
let used = 0;
let lastTime = 0;
let sequence = 0;
/** The id's first half up to the count, made once a millisecond. */
let start = "";

/**
 * A new UUIDv7 (RFC 9562). It sorts by creation time, also within a millisecond (method 1: `rand_a` counts), so rows go to the
 * end of the primary key and one process's events keep their order. This is our own because `v7` of uuid 14 takes many
 * times as long (2.8 against 0.15 µs on one machine) and Node's `randomUUIDv7` keeps no order within a millisecond.
 */
export function newId(): string {
  if (used === digits.length) {
    digits = randomBytes(4_096).toString("hex");
    used = 0;
  }
  const random = digits.slice(used, used + 16);
  used += 16;
  takeTime(random);
  // Two bits of the next digit are fixed: the variant.
  const variant = "89ab"[random.charCodeAt(0) & 3];
  return `${start}${hex(sequence, 3)}-${variant}${random.slice(1, 4)}-${random.slice(4)}`;
}

/** Takes the time. While the clock stops or steps back it counts on; a full count takes the next millisecond. */
function takeTime(random: string): void {
  const now = Date.now();
  if (now <= lastTime && ++sequence <= 0xfff) return;
  lastTime = Math.max(now, lastTime + 1);
  // Half of the range, so that there is room to count.
  sequence = Number.parseInt(random.slice(-3), 16) & 0x7ff;
  const time = hex(lastTime, 12);
  start = `${time.slice(0, 8)}-${time.slice(8)}-7`;
}

const hex = (number: number, length: number): string => number.toString(16).padStart(length, "0");

/** The value of each hexadecimal digit, by its character code. */
const values = new Uint8Array(128);
for (const digit of "0123456789abcdefABCDEF") values[digit.charCodeAt(0)] = Number.parseInt(digit, 16);

/** A UUID as MySQL keeps it, BINARY(16). Decoding takes a quarter of the time of removing hyphens and `Buffer.from`. */
export function idToBytes(id: string): Buffer {
  const bytes = Buffer.allocUnsafe(16);
  const digit = (at: number) => values[id.charCodeAt(at)] ?? 0;
  let at = 0;
  for (let index = 0; index < 16; index++) {
    if (id[at] === "-") at++;
    bytes[index] = (digit(at) << 4) | digit(at + 1);
    at += 2;
  }
  return bytes;
}

/** A BINARY(16) column as a UUID. */
export function idFromBytes(bytes: Buffer): string {
  const text = bytes.toString("hex");
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`;
}
