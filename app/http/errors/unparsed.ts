import type { Socket } from "node:net";
import type { ConnectionError } from "fastify";
import { securityHeaders } from "../headers.ts";
import { newRequestId } from "../request-id.ts";
import type { ProblemCode } from "./catalogue.ts";
import { Problem, problemContentType, problemDocument } from "./problem.ts";

const reasons: Readonly<Record<string, readonly [code: ProblemCode, detail: string]>> = {
  HPE_HEADER_OVERFLOW: ["headers_too_large", "The request headers are larger than 16 KiB."],
  ERR_HTTP_REQUEST_TIMEOUT: ["request_timeout", "The request did not arrive in time."],
};

/** Answers what is not HTTP, too slow or too large to become a request: straight on the socket, then closes it. */
export function answerUnparsed(error: ConnectionError, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const [code, detail] = reasons[error.code ?? ""] ?? ["malformed_request", "This is not an HTTP request."];
  const problem = new Problem(code, detail);
  const requestId = newRequestId();
  const body = JSON.stringify(problemDocument(problem, requestId));
  const headers = {
    ...securityHeaders,
    "x-request-id": requestId,
    "content-type": problemContentType,
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${problem.statusCode} ${code}\r\n${lines.join("")}\r\n${body}`);
}
