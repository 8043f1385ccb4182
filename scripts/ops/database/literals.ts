import { isUtf8 } from "node:buffer";

/** How a column's values are written. */
export type ValueKind = "number" | "text" | "json" | "binary";

const numbers = new Set([
  "tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double", "year",
]); // biome-ignore format: one list
const texts = new Set([
  "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set",
  "date", "datetime", "timestamp", "time",
]); // biome-ignore format: one list

/** Character sets of which every text comes and goes as UTF-8 unchanged; UCS-2, for one, may hold halves of characters. */
const asUtf8 = new Set(["utf8mb4", "utf8mb3", "ascii", "latin1"]);

/**
 * By the names of type and character set in information_schema. A value that is neither number nor text goes as bytes, which every
 * type takes.
 */
export const kindOf = (dataType: string, characterSet: string | null): ValueKind => {
  if (numbers.has(dataType)) return "number";
  if (dataType === "json") return "json";
  return texts.has(dataType) && (characterSet === null || asUtf8.has(characterSet)) ? "text" : "binary";
};

/**
 * A value as SQL, in Latin-1: each character stands for one byte of UTF-8, which spares decoding and encoding every text.
 * Line ends are escaped, so that a statement is a line.
 */
export const literal = (value: Buffer | null, kind: ValueKind): string => {
  if (value === null) return "NULL";
  if (kind === "binary") return `x'${value.toString("hex")}'`;
  const text = value.toString("latin1");
  // Without an exponent it is the integer 0.
  if (kind === "number") return text === "-0" ? "-0e0" : text;
  return quoted(kind === "json" ? jsonText(text) : text);
};

const quoted = (text: string): string =>
  special.test(text) ? `'${text.replace(allSpecial, escapeOf)}'` : `'${text}'`;

/**
 * JSON may hold the second half of a surrogate pair alone: MySQL takes it as an escape and hands it out as three bytes that are
 * no UTF-8, which it does not take back. It goes as the escape that it came as.
 */
const jsonText = (text: string): string =>
  text.replace(loneHalf, (bytes) => {
    const [, second = 0, third = 0] = [...bytes].map((byte) => byte.charCodeAt(0));
    return `\\u${(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f)).toString(16)}`;
  });
const loneHalf = /\xed[\xb0-\xbf][\x80-\xbf]/g;

/** Whether a literal is text that a client can send. */
export const isSendable = (sql: string): boolean =>
  !beyondAscii.test(sql) || isUtf8(Buffer.from(sql, "latin1"));
const beyondAscii = /[\x80-\xff]/;

const escapes: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\n": "\\n",
  "\r": "\\r",
  "\x1a": "\\Z",
  "'": "\\'",
  "\\": "\\\\",
};
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that SQL text must not hold
const special = /[\0\n\r\x1a'\\]/;
const allSpecial = new RegExp(special, "g");
const escapeOf = (character: string): string => escapes[character] ?? character;
