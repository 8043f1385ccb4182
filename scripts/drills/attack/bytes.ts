import fc from "fast-check";
import { type Attacks, any, booking, type Scene, sent } from "./attacks.ts";
import { request } from "./exchange.ts";

/** Overlong forms, surrogates, bytes that begin nothing, sequences that break off, more than Unicode has (RFC 3629 section 3). */
const illFormed = any("c0af|e080af|f08080af|c080|eda080|edb080|80|bf|ff|fe|e282|f09f98|f4908080|e4");
const half = fc
  .tuple(fc.string(), fc.integer({ min: 0xd800, max: 0xdfff }), fc.string())
  .map(([before, code, after]) => `${before}${String.fromCharCode(code)}${after}`);
const buffer = (length: number) => fc.uint8Array({ maxLength: length }).map((given) => Buffer.from(given));
/** What a request line and a header may hold without ending there, one character a byte. */
const visible = buffer(200).map((given) => given.toString("latin1").replace(/[\0-\x20\x7f]/g, ""));
const direct = { direct: true };

/** Text that is none, in bodies, URLs and headers. */
export const bytes = (scene: Scene): Attacks => {
  const body = JSON.stringify(booking(scene));
  const [head = "", tail = ""] = JSON.stringify(booking(scene, { version: 1, notes: "|" })).split("|");
  const within = (content: fc.Arbitrary<Buffer>) =>
    sent(
      scene,
      content.map((given) => Buffer.concat([Buffer.from(head), given, Buffer.from(tail)])),
    );
  const header = (name: string, values: fc.Arbitrary<string>) =>
    values.map((value) => ({ method: "POST", body, headers: { [name]: value } }));
  const halves = fc.tuple(any("notes|clientName|x"), half);
  const charset = any("utf-16|utf-16le|iso-8859-1|us-ascii|utf-7|utf-32|shift_jis|latin1|utf-88|utf8x");
  const anyHeader = any("x-request-id|user-agent|origin|cookie|x-forwarded-for|accept");
  return {
    "lone surrogate": [
      [400],
      sent(
        scene,
        halves.map(([name, text]) => JSON.stringify({ version: 1, [name]: text })),
      ),
    ],
    "ill-formed UTF-8": [[400], within(illFormed.map((hex) => Buffer.from(hex, "hex")))],
    NUL: [[400], within(any("\0|\\u0000").map((nul) => Buffer.from(nul)))],
    "byte order mark": [[400], sent(scene, any(`\ufeff${body}|\ufffe${body}`))],
    "UTF-16": [[400], sent(scene, fc.constant(Buffer.from(body, "utf16le")))],
    "foreign charset": [
      [415],
      header(
        "content-type",
        charset.map((name) => `application/json; charset=${name}`),
      ),
    ],
    "content coding": [
      [415],
      header("content-encoding", any("gzip|br|deflate|zstd|x-gzip|gzip, gzip|identity, br")),
    ],
    "media type": [
      [415],
      header("content-type", any("text/plain|application/xml|multipart/form-data|text/json|a")),
    ],
    "random body": [[400], sent(scene, buffer(4_096))],
    "random path": [[200, 400, 404], visible.map((text) => request({ path: `/v1/bookings${text}` })), direct],
    "random header": [
      [200, 400],
      fc.tuple(anyHeader, visible).map(([name, value]) => ({ headers: { [name]: value } })),
      direct,
    ],
    "random request": [
      [400, 405],
      fc
        .tuple(visible, buffer(4_096))
        .map(([line, rest]) => Buffer.concat([Buffer.from(`${line} \r\n\r\n`), rest])),
      direct,
    ],
  };
};
