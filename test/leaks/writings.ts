/** A way in which a text may come to light. */
export interface Writing {
  writing: string;
  bytes: Buffer;
}

/**
 * How a secret text looks where somebody wrote it down without meaning to: as it is, in JSON (once and twice), in a URL, in
 * hex, and in base64, alone or in the midst of something longer (a basic-auth header, a whole JSON value), which shifts it by
 * one or two bytes.
 */
export function writingsOf(text: string): Writing[] {
  const escaped = (value: string) => JSON.stringify(value).slice(1, -1);
  const all: Writing[] = [
    ...["plain", "utf-16"].map((writing) => ({
      writing,
      bytes: Buffer.from(text, writing === "plain" ? "utf8" : "utf16le"),
    })),
    { writing: "JSON", bytes: Buffer.from(escaped(text)) },
    { writing: "JSON in JSON", bytes: Buffer.from(escaped(escaped(text))) },
    { writing: "URL", bytes: Buffer.from(encodeURIComponent(text)) },
    { writing: "hex", bytes: Buffer.from(Buffer.from(text).toString("hex")) },
    { writing: "HEX", bytes: Buffer.from(Buffer.from(text).toString("hex").toUpperCase()) },
    ...[0, 1, 2].flatMap((shift) =>
      (["base64", "base64url"] as const).map((encoding) => ({
        writing: `${encoding} (${shift})`,
        bytes: Buffer.from(shiftedBase64(text, shift, encoding)),
      })),
    ),
  ];
  // Where two writings come to the same, the first names both.
  return [...new Map(all.toReversed().map((each) => [each.bytes.toString("latin1"), each])).values()];
}

/** The part of the base64 of `…text…` that `text` alone decides, when so many bytes come before a boundary of three. */
function shiftedBase64(text: string, shift: number, encoding: "base64" | "base64url"): string {
  const encoded = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)])
    .toString(encoding)
    .replace(/=+$/, "");
  const from = shift === 0 ? 0 : shift + 1;
  const bits = (shift + Buffer.byteLength(text)) * 8;
  return encoded.slice(from, Math.floor(bits / 6));
}
