/** How a column's values are written. */
export type ValueKind = "number" | "text" | "binary";

const numbers = new Set([
  "tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "float", "double", "year",
]); // biome-ignore format: one list
const texts = new Set([
  "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "json",
  "date", "datetime", "timestamp", "time",
]); // biome-ignore format: one list

/** By the type's name in information_schema. Whatever is neither number nor text goes as bytes, which every type takes. */
export const kindOf = (dataType: string): ValueKind => {
  if (numbers.has(dataType)) return "number";
  return texts.has(dataType) ? "text" : "binary";
};

/**
 * A value as SQL, in Latin-1: each character stands for one byte of UTF-8, which spares decoding and encoding every text.
 * Line ends are escaped, so that a statement is a line.
 */
export const literal = (value: Buffer | null, kind: ValueKind): string => {
  if (value === null) return "NULL";
  if (kind === "number") return value.toString("latin1");
  if (kind === "binary") return `x'${value.toString("hex")}'`;
  const text = value.toString("latin1");
  return special.test(text) ? `'${text.replace(allSpecial, escapeOf)}'` : `'${text}'`;
};

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
