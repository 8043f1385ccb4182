import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { ConnectionError, FastifyInstance } from "fastify";
import { clientNetwork } from "../client-address.ts";
import type { Headers } from "../headers.ts";
import type { Limiter } from "../rate-limit/limiter.ts";
import { isDiscarding } from "../request-body.ts";
import { newRequestId } from "../request-id.ts";
import type { RouteTable } from "../route-table.ts";
import { Problem, problemContentType, problemDocument } from "./problem.ts";

/** A request line of HTTP/1 whose method Node does not know. */
const requestLine = /^[A-Z-]+ \S+ HTTP\/1\.[01]\r\n/;

export interface UnparsedOptions {
  headers: Headers;
  limiter: Limiter;
  routes: RouteTable;
}

/**
 * Answers bytes that never become a request, directly on the socket, then closes it. They count against the limit of the
 * connection's address, the only one known; past the limit it closes the connection without an answer.
 */
export class Unparsed {
  readonly #options: UnparsedOptions;

  constructor(options: UnparsedOptions) {
    this.#options = options;
  }

  /** What is not HTTP, too slow or too large. */
  readonly onError = (error: ConnectionError, socket: Socket): void => {
    if (error.code === "ECONNRESET" || isDiscarding(socket)) socket.destroy();
    else void this.#answer(socket, this.#problemOf(error));
  };

  /** CONNECT asks for a tunnel, and Node hands over the bare socket. */
  attach(app: FastifyInstance): void {
    app.server.on("connect", (_request, socket: Socket) => void this.#answer(socket, this.#notAllowed()));
  }

  #problemOf(error: ConnectionError): Problem {
    if (error.code === "HPE_HEADER_OVERFLOW") {
      return new Problem("headers_too_large", "The request headers are larger than 16 KiB.");
    }
    if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
      return new Problem("request_timeout", "The request did not arrive in time.");
    }
    const { code, rawPacket } = error;
    const start = Buffer.isBuffer(rawPacket) ? rawPacket.toString("latin1", 0, 1_024) : "";
    if (code === "HPE_INVALID_METHOD" && requestLine.test(start)) return this.#notAllowed();
    return new Problem("malformed_request", "This is not an HTTP request.");
  }

  #notAllowed(): Problem {
    const allow = this.#options.routes.allow("*") ?? "";
    return new Problem("method_not_allowed", `Use one of: ${allow}.`, { headers: { allow } });
  }

  async #answer(socket: Socket, problem: Problem): Promise<void> {
    const { allowed } = await this.#options.limiter.decide(clientNetwork(socket.remoteAddress ?? ""));
    if (!allowed || socket.destroyed || !socket.writable) {
      socket.destroy();
      return;
    }
    const requestId = newRequestId();
    const body = JSON.stringify(problemDocument(problem, requestId));
    const headers = {
      ...this.#options.headers,
      ...problem.headers,
      "x-request-id": requestId,
      "content-type": problemContentType,
      "content-length": String(Buffer.byteLength(body)),
      connection: "close",
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const { statusCode } = problem;
    socket.end(`HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}\r\n${lines.join("")}\r\n${body}`);
  }
}
