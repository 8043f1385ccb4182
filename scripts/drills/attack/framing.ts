import fc from "fast-check";
import { type Attacks, any, booking, type Scene, validBody } from "./attacks.ts";
import { request } from "./exchange.ts";

const lines = (...given: string[]): Buffer => Buffer.from(`${given.join("\r\n")}\r\n\r\n`, "latin1");
const joined = (...parts: (Buffer | string)[]) => Buffer.concat(parts.map((part) => Buffer.from(part)));
const proto = "x-forwarded-proto: https";
const post = ["POST /v1/bookings HTTP/1.1", "host: localhost", proto, "content-type: application/json"];
const get = ["GET /v1/bookings?limit=1 HTTP/1.1", "host: localhost", proto];
const last = "connection: close";
/** What a second answer would be to. */
const smuggled = lines("GET /smuggled HTTP/1.1", "host: localhost", proto, last);
const chunked = (chunks: string) => joined(lines(...post, last, "transfer-encoding: chunked"), chunks);
const token = fc.stringMatching(/^[A-Z]{1,20}$/);
const offered = /^(GET|HEAD|POST|PATCH|OPTIONS|CONNECT)$/;
const coding = any("chunked|Chunked|chunked, identity|identity| chunked|xchunked|gzip, chunked");
const oddLength = any("+5|-1|5, 5|0x5|5 5|1e1|99999999999999999999|5\r\ncontent-length: 6|٣");
const oddSize = any("-1|0x5|ffffffffffffffffff||g|+5|5\n|\r5|0000000000000000000000000000005g");

/** Messages of HTTP/1.1 that two servers may read differently (RFC 9112), and requests that end in the middle. */
export const framing = (scene: Scene): Attacks => {
  const body = JSON.stringify(booking(scene));
  const whole = request({ method: "POST", body });
  const size = body.length.toString(16);
  const valid = validBody(scene);
  const long = fc.integer({ min: 1, max: 20_000 }).map((length) => "x".repeat(length));
  const conflict = fc
    .tuple(fc.nat(50), coding)
    .map(([length, name]) => [`content-length: ${length}`, `transfer-encoding: ${name}`]);
  const cut = fc.nat(whole.length - 1).map((length) => whole.subarray(0, length));
  const pipeline = fc
    .nat(30)
    .map((count) => joined(...Array.from({ length: count }, () => lines(...get)), smuggled));
  const post1 = (headers: Record<string, string>) => request({ method: "POST", body, headers });
  return {
    "Host twice": [[400], fc.webAuthority().map((name) => lines(...get, `host: ${name}`, last))],
    "no Host": [[400], token.map((path) => lines(`GET /${path} HTTP/1.1`, proto, last))],
    "Content-Length against Transfer-Encoding": [
      [400],
      conflict.map((pair) => joined(lines(...post, ...pair), "0\r\n\r\n", smuggled)),
    ],
    "odd Content-Length": [
      [400],
      oddLength.map((length) => joined(lines(...post, `content-length: ${length}`), "{}   ", smuggled)),
    ],
    "odd chunk": [[400], oddSize.map((odd) => joined(chunked(`${odd}\r\nabcde\r\n0\r\n\r\n`), smuggled))],
    "chunk extension": [
      [201, 400, 413, 431],
      fc.tuple(valid, long).map(([one, text]) => chunked(`${size};${text}\r\n${one}\r\n0\r\n\r\n`)),
    ],
    trailer: [
      [201, 400, 413, 431],
      fc.tuple(valid, long).map(([one, text]) => chunked(`${size}\r\n${one}\r\n0\r\nx: ${text}\r\n\r\n`)),
    ],
    "chunks of a byte": [
      [201],
      valid.map((one) => chunked(`${[...one].map((byte) => `1\r\n${byte}\r\n`).join("")}0\r\n\r\n`)),
    ],
    method: [[400, 404, 405], token.filter((name) => !offered.test(name)).map((method) => ({ method }))],
    CONNECT: [[400, 405], fc.webAuthority().map((path) => ({ method: "CONNECT", path }))],
    Expect: [[417], token.map((expect) => post1({ expect }))],
    "100-continue": [
      [201],
      valid.map((one) => request({ method: "POST", body: one, headers: { expect: "100-continue" } })),
    ],
    "absolute form": [[200, 400, 404], fc.webUrl().map((path) => ({ path }))],
    "OPTIONS *": [[204], fc.constant({ method: "OPTIONS", path: "*" })],
    upgrade: [
      [200],
      any("websocket|h2c|TLS/1.0").map((upgrade) => ({ headers: { upgrade, connection: "upgrade, close" } })),
    ],
    "preface of HTTP/2": [[400, 405], fc.constant(Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))],
    "large header": [[431], long.map((text) => ({ headers: { cookie: text.padEnd(16_400, "c") } }))],
    "many headers": [
      [200, 400, 431],
      fc.nat(1_900).map((count) => lines(...get, last, ...Array.from({ length: count }, () => "a: b"))),
    ],
    "line ends": [[400], any("\n|\r|\n\r").map((end) => Buffer.from([...get, last, "", ""].join(end)))],
    "half a request": [[0, 400, 408], cut, { leaves: "ends" }],
    reset: [[0, 400], cut, { leaves: "resets" }],
    pipeline: [[404], pipeline, { answers: 31 }],
  };
};
