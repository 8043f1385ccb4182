import fc from "fast-check";
import { type Attacks, any, type Scene } from "./attacks.ts";
import { type RequestFields, request } from "./exchange.ts";

const handshake = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};
const live = (headers: Record<string, string> = {}, path = "/v1/live"): RequestFields => ({
  path,
  headers: { ...handshake, ...headers },
});
const visible = fc.string({ maxLength: 300 }).map((text) => text.replace(/[^!-~]/g, "x"));
const bytes = (most: number) => fc.uint8Array({ maxLength: most }).map((given) => Buffer.from(given));

interface Frame {
  /** FIN, RSV and opcode. */
  first: number;
  masked: boolean;
  /** Length as it is said: how many bytes say it, and what they say where it is not the payload's. */
  sized: 0 | 2 | 8;
  claimed: bigint | undefined;
  payload: Buffer;
}

/** A frame of RFC 6455 section 5.2; its mask is zero, so that the payload is as it is. */
const frame = ({ first, masked, sized, claimed, payload }: Frame): Buffer => {
  const length = claimed ?? BigInt(payload.length);
  const extended = Buffer.alloc(sized);
  if (sized === 2) extended.writeUInt16BE(Number(length & 0xffffn));
  if (sized === 8) extended.writeBigUInt64BE(length);
  const short = sized === 0 ? Number(length % 126n) : sized === 2 ? 126 : 127;
  const head = Buffer.from([first, (masked ? 0x80 : 0) | short]);
  return Buffer.concat([head, extended, Buffer.alloc(masked ? 4 : 0), payload]);
};
const anyFrame = fc
  .record({
    first: fc.nat(255),
    masked: fc.boolean(),
    sized: fc.constantFrom<Frame["sized"]>(0, 2, 8),
    claimed: fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { nil: undefined }),
    payload: bytes(2_000),
  })
  .map(frame);
const ping = frame({ first: 0x89, masked: true, sized: 0, claimed: undefined, payload: Buffer.from("p") });
const said = (first: number, payload: Buffer) =>
  frame({ first, masked: true, sized: payload.length < 126 ? 0 : 2, claimed: undefined, payload });

/** WebSockets: handshakes that are none, and frames that no client sends. The server ends each of them. */
export const sockets = (_scene: Scene): Attacks => {
  const opened = (frames: fc.Arbitrary<Buffer>) =>
    [[101], fc.constant(live()), { frames }] as const satisfies Attacks[string];
  const asked = (name: string, values: fc.Arbitrary<string>) =>
    [[101, 400, 426], values.map((value) => live({ [name]: value })), { frames: fc.constant(ping) }] as const;
  return {
    "handshake's version": asked("sec-websocket-version", any("|0|8|12|14|13, 13|130|-13|x")),
    "handshake's key": asked("sec-websocket-key", visible),
    "offered protocols": asked("sec-websocket-protocol", visible),
    "offered extensions": asked("sec-websocket-extensions", visible),
    // They are frames where they come a moment later, which a balancer sees to.
    "bytes before the answer": [
      [101, 400],
      bytes(2_000).map((early) => Buffer.concat([request(live()), early])),
      { frames: fc.constant(ping) },
    ],
    "bad place in the stream": [
      [400],
      visible
        .filter((text) => !/^\d{1,15}-\d{1,10}$/.test(text))
        .map((text) => live({}, `/v1/live?after=${encodeURIComponent(text)}`)),
    ],
    "another path": [
      [200, 404, 405],
      any("/v1/bookings|/v1/live/|/health|/nowhere").map((path) =>
        live({ connection: "upgrade, close" }, path),
      ),
    ],
    "any frames": opened(fc.array(anyFrame, { maxLength: 20 }).map((all) => Buffer.concat(all))),
    "any bytes": opened(bytes(4_096)),
    "a message": opened(bytes(2_000).map((payload) => said(0x81, payload))),
    "odd goodbye": opened(bytes(125).map((payload) => said(0x88, payload))),
    pings: opened(fc.integer({ min: 1, max: 5_000 }).map((count) => Buffer.concat(Array(count).fill(ping)))),
    fragments: opened(
      fc
        .integer({ min: 1, max: 500 })
        .map((count) =>
          Buffer.concat([said(0x01, Buffer.from("a")), ...Array(count).fill(said(0x00, Buffer.from("b")))]),
        ),
    ),
  };
};
