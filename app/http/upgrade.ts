import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type WebSocket, WebSocketServer } from "ws";
import { liveUpdates } from "../contract/live-updates.ts";
import { Problem } from "./errors/problem.ts";
import { pathOf } from "./url.ts";

/** The only version of the protocol (RFC 6455 section 4.1). */
const version = "13";

/** Clients have nothing to say, so what they send is kept small. */
const options = {
  maxPayload: 1_024,
  maxFragments: 16,
  maxBufferedChunks: 64,
  // It would keep up to 300 KiB for each client, and let a few bytes become many.
  perMessageDeflate: false,
  noServer: true,
  clientTracking: false,
  // app/live/socket.ts counts pings before it answers them.
  autoPong: false,
  handleProtocols: (): false => false,
  // How long a client may take to answer a close, milliseconds. (The types of ws lack it.)
  closeTimeout: 1_000,
} as const;

/** Whether a request may become a WebSocket. Node serves the others as if they had not asked for it (RFC 9110 section 7.8). */
export const mayUpgrade = ({ method, url = "", headers }: IncomingMessage): boolean =>
  method === "GET" && pathOf(url) === liveUpdates.path && headers.upgrade?.toLowerCase() === "websocket";

/**
 * Turns requests into WebSockets (RFC 6455) after the hooks and the table of access have let them pass like any other. It uses ws itself:
 * @fastify/websocket wraps the handler of every route, and answers a faulty handshake without a problem document.
 */
export class Upgrades {
  readonly #asking = new WeakMap<IncomingMessage, { socket: Socket; head: Buffer }>();
  readonly #server = new WebSocketServer(options);
  #fault = "";

  attach(app: FastifyInstance): void {
    app.server.on("upgrade", (request, _socket, head) => {
      const { socket } = request;
      endOnError(socket);
      const response = new ServerResponse(request);
      response.shouldKeepAlive = false;
      response.assignSocket(socket);
      // It was refused: a socket that has left HTTP cannot carry another request.
      response.once("finish", () => this.#asking.delete(request) && socket.destroySoon());
      this.#asking.set(request, { socket, head });
      app.routing(request, response);
    });
    this.#server.on("wsClientError", ({ message }) => {
      this.#fault = message;
    });
  }

  /**
   * Answers 101.
   * @returns undefined where the client has gone meanwhile.
   * @throws Problem `upgrade_required` or `malformed_request` where this is no handshake.
   */
  accept(request: FastifyRequest, reply: FastifyReply): WebSocket | undefined {
    const { raw } = request;
    const asking = this.#asking.get(raw);
    if (asking === undefined || raw.headers["sec-websocket-version"] !== version) throw upgradeRequired();
    const { socket, head } = asking;
    if (socket.destroyed) return undefined;
    // RFC 6455 section 4.1: a client waits for the answer. A proxy could take these bytes for another request's.
    if (head.length > 0) throw new Problem("malformed_request", "Bytes came before the handshake's answer.");
    let opened: WebSocket | undefined;
    this.#fault = "";
    this.#server.handleUpgrade(raw, socket, head, (webSocket) => {
      opened = webSocket;
    });
    if (this.#fault !== "") throw new Problem("malformed_request", `${this.#fault}.`);
    this.#asking.delete(raw);
    if (opened !== undefined) tellHooks(reply);
    return opened;
  }
}

/** Node takes its own listener away. This one lives as long as the WebSocket, so it stands where it holds no request. */
const endOnError = (socket: Socket) => socket.on("error", () => socket.destroy());

/** The answer is on the wire, past Fastify: this has it measured and logged, and lets go of the socket. */
function tellHooks(reply: FastifyReply): void {
  const { raw } = reply.hijack();
  raw.statusCode = 101;
  if (raw.socket) raw.detachSocket(raw.socket);
  raw.emit("finish");
  raw.emit("close");
}

const upgradeRequired = () =>
  new Problem("upgrade_required", "Ask for a WebSocket, by RFC 6455.", {
    headers: { connection: "upgrade", upgrade: "websocket", "sec-websocket-version": version },
  });
