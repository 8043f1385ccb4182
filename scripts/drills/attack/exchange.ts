import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** Where a request is sent: over TLS where `ca` is given, from the address `from` where that is given. */
export interface Address {
  host: string;
  port: number;
  ca?: string;
  from?: string;
}

/** What is sent over one connection, and what may come back. */
export interface Shot {
  name: string;
  bytes: Buffer;
  /** Allowed statuses; 0 allows the connection to end without an answer. */
  allowed: readonly number[];
  /** Straight to a replica, because the balancer would refuse it or change it. */
  direct?: boolean;
  /** How many answers may come, where it is more than one. */
  answers?: number;
  /** What the client does after the last byte, instead of waiting for the answer. */
  leaves?: "ends" | "resets";
  /** Sent to a WebSocket once it is open; then the client has nothing more to say. */
  frames?: Buffer;
  /** How often it is sent at once. */
  times?: number;
  /** Without an API key. */
  keyless?: boolean;
}

export interface Answer {
  /** Of the last answer; 0 without an answer. */
  status: number;
  /** Head and body of the last answer. */
  head: string;
  body: string;
  answers: number;
  /** Until the connection was closed. */
  openMs: number;
  /** Whether the connection was still open at the end of the patience. */
  open: boolean;
}

export interface RequestFields {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** A request of HTTP/1.1 that closes its connection. The head is Latin-1: one character, one byte. */
export const request = ({
  method = "GET",
  path = "/v1/bookings",
  headers = {},
  body,
}: RequestFields): Buffer => {
  const content = Buffer.from(body ?? "");
  const all: Record<string, string> = {
    host: "localhost",
    "user-agent": "bulwark-attack/1",
    // What the balancer would add; the replica believes it from the balancer's address only.
    "x-forwarded-proto": "https",
    connection: "close",
    ...(body === undefined
      ? {}
      : { "content-type": "application/json", "content-length": `${content.length}` }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([
    Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"),
    content,
  ]);
};

const firstLine = /^[^\r\n]*\r\n/;

/** A request with an API key in the header after its first line; bytes that have no such line stay what they are. */
export const withKey = (bytes: Buffer, apiKey: string): Buffer => {
  const line = firstLine.exec(bytes.toString("latin1"))?.[0];
  if (line === undefined) return bytes;
  const header = Buffer.from(`authorization: Bearer ${apiKey}\r\n`);
  return Buffer.concat([bytes.subarray(0, line.length), header, bytes.subarray(line.length)]);
};

const open = ({ host, port, ca, from }: Address): Socket =>
  ca === undefined
    ? connect({ host, port, ...(from === undefined ? {} : { localAddress: from }) })
    : connectTls({ host, port, ca, servername: host });

/** Sends bytes over a connection of their own, and reads until it is closed, at most `patience` milliseconds. */
export const exchange = (
  address: Address,
  { bytes, leaves, frames }: Pick<Shot, "bytes" | "leaves" | "frames">,
  patienceMs: number,
): Promise<Answer> =>
  new Promise((resolve) => {
    const began = performance.now();
    const received: Buffer[] = [];
    const socket = open(address);
    const done = (stillOpen: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({
        ...lastOf(Buffer.concat(received)),
        openMs: performance.now() - began,
        open: stillOpen,
      });
    };
    const timer = setTimeout(() => done(true), patienceMs);
    socket.on("data", (chunk: Buffer) => {
      received.push(chunk);
      if (frames !== undefined && received.length === 1 && isUpgraded(chunk)) socket.end(frames);
    });
    // What came before a reset counts; a connection that was refused has no answer.
    socket.on("error", () => undefined);
    socket.once("close", () => done(false));
    if (leaves === "ends") socket.end(bytes);
    else socket.write(bytes, () => leaves === "resets" && socket.resetAndDestroy());
  });

const isUpgraded = (received: Buffer): boolean => received.toString("latin1", 0, 12) === "HTTP/1.1 101";

/** The last answer in the received bytes, read by its Content-Length if it has one; ignores 1xx. */
const lastOf = (received: Buffer): Pick<Answer, "status" | "head" | "body" | "answers"> => {
  let [status, head, body, answers] = [0, "", "", 0];
  for (let at = 0, end = 0; at < received.length; at = end) {
    const split = received.indexOf("\r\n\r\n", at);
    if (split < 0) break;
    const next = received.toString("latin1", at, split);
    const code = Number(/^HTTP\/1\.1 (\d{3})/.exec(next)?.[1] ?? 0);
    // Frames follow.
    if (code === 101) return { status: code, head: next, body: "", answers: answers + 1 };
    const length = code < 200 || code === 204 ? 0 : /^content-length: (\d+)/im.exec(next)?.[1];
    end = length === undefined ? received.length : split + 4 + Number(length);
    if (code >= 100 && code < 200) continue;
    [status, head, body] = [code, next, received.toString("utf8", split + 4, end)];
    answers += 1;
  }
  return { status, head, body, answers };
};
