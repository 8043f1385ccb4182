import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

/** The most to read of a refused body before closing the connection: bytes, milliseconds. */
const mostBytes = 16 * 1_024 * 1_024;
const longestMs = 5_000;

/** Whether a request says that it has a body (RFC 9112 section 6.3). */
export const hasBody = ({
  "content-length": length = "0",
  "transfer-encoding": coding,
}: IncomingMessage["headers"]): boolean => length !== "0" || coding !== undefined;

const discarding = new WeakSet<Socket>();

/** Whether it still reads an answered request: the client would take another answer for the next request's. */
export const isDiscarding = (socket: Socket): boolean => discarding.has(socket);

/**
 * Reads and discards the rest of a refused request. A load balancer forwards what its client sends; if the API closed the
 * connection with bytes unread, it would get a reset, and send the client 502 instead of the answer (AWS: "the target
 * closed the connection with a TCP RST or a TCP FIN while the load balancer had an outstanding request to the target",
 * docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-502-issues).
 */
export function discardRest(request: IncomingMessage): void {
  if (request.complete !== false || !hasBody(request.headers)) return;
  const { socket } = request;
  let room = mostBytes;
  const timer = setTimeout(() => socket.destroy(), longestMs).unref();
  discarding.add(socket);
  request.on("data", (chunk: Buffer) => {
    room -= chunk.length;
    if (room < 0) socket.destroy();
  });
  request.once("close", () => {
    clearTimeout(timer);
    discarding.delete(socket);
  });
}
