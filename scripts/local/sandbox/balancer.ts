import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import http2 from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Certificates } from "../servers/index.ts";
import { type Caller, requestHeaders, responseHeaders } from "./forwarding.ts";
import { type Target, TargetGroup } from "./target-group.ts";

export interface BalancerOptions {
  certificates: Certificates;
  /** Address to listen on, default 127.0.0.1. */
  host?: string;
  /** TCP ports; 0: any free one. */
  httpsPort: number;
  httpPort: number;
  /** Pods that may get this request now. An empty list: 503. Undefined: nothing is declared for the path, 404. */
  targets(host: string, path: string): readonly Target[] | undefined;
  /** Plain HTTP is answered with 301; otherwise it is forwarded like HTTPS. */
  redirect(): boolean;
  /** Address to send from. */
  sourceAddress(): string;
}

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  caller: Caller;
}

/** Idle time after which a connection is closed, and longest wait for an answer: the ALB's default. */
const idleMs = 60_000;

/**
 * Stands for the Application Load Balancer: TLS with HTTP/2 and HTTP/1.1 in front, HTTP/1.1 with kept connections behind,
 * round robin over the pods that are ready.
 *
 * No proxy library carries it. With httpxy 0.5, the closest, the choice of a pod, the headers, draining and the listeners stay
 * ours and 36 lines go, and five of its habits must be undone: it passes on the caller's own X-Forwarded-For and hop-by-hop
 * headers, gives DELETE a length of 0, sends bodies in chunks with `Connection: close` (an early 413 becomes a 502), answers
 * 502 where the time runs out, and lifts the idle limit of WebSockets. http-proxy-3 does most of the same; @fastify/reply-from
 * resolves paths as URLs, which changes the ones that an attacker sends, and upgrades nothing.
 */
export class Balancer {
  readonly #options: BalancerOptions;
  readonly #group: TargetGroup;
  readonly #secure: http2.Http2SecureServer;
  readonly #plain: Server;
  readonly #connections = new Set<Socket>();
  readonly #sessions = new Set<http2.ServerHttp2Session>();
  #inFlight = 0;
  #closing = false;

  constructor(options: BalancerOptions) {
    const { cert, key } = options.certificates;
    this.#options = options;
    this.#group = new TargetGroup(options.sourceAddress);
    this.#secure = http2.createSecureServer({ cert, key, allowHTTP1: true, minVersion: "TLSv1.2" });
    this.#plain = createServer({ keepAliveTimeout: idleMs });
    this.#serve(this.#secure, "https");
    this.#serve(this.#plain, "http");
    this.#secure.setTimeout(idleMs);
    this.#secure.on("session", (session) => {
      this.#sessions.add(session);
      session.once("close", () => this.#sessions.delete(session));
    });
    // A caller who breaks off, or speaks no TLS, must not end the sandbox.
    this.#secure.on("sessionError", () => undefined);
    this.#secure.on("tlsClientError", () => undefined);
  }

  get httpsPort(): number {
    return portOf(this.#secure);
  }

  get httpPort(): number {
    return portOf(this.#plain);
  }

  async listen(): Promise<void> {
    const { httpsPort, httpPort, host = "127.0.0.1" } = this.#options;
    await Promise.all([listen(this.#secure, httpsPort, host), listen(this.#plain, httpPort, host)]);
  }

  /** Stops listening, lets requests that are under way finish (at most `patienceMs`), then closes every connection. */
  async close(patienceMs: number): Promise<void> {
    this.#closing = true;
    const ended = [this.#secure, this.#plain].map(
      (server) => new Promise((resolve) => server.close(resolve)),
    );
    for (const session of this.#sessions) session.close();
    const deadline = Date.now() + patienceMs;
    while (this.#inFlight > 0 && Date.now() < deadline) await delay(20);
    this.#group.close();
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#connections) socket.destroy();
    await Promise.all(ended);
  }

  #serve(server: Server | http2.Http2SecureServer, scheme: Caller["scheme"]): void {
    server.on("connection", (socket: Socket) => {
      this.#connections.add(socket);
      socket.once("close", () => this.#connections.delete(socket));
    });
    // With `allowHTTP1` the secure server gives HTTP/2 requests the interface of HTTP/1's, which is what is used of them here.
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      this.#inFlight += 1;
      response.once("close", () => {
        this.#inFlight -= 1;
      });
      if (this.#closing && request.httpVersionMajor === 1) response.setHeader("connection", "close");
      this.#handle({ request, response, caller: callerOf(request.socket, scheme) });
    });
    server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
      const { host = "" } = request.headers;
      const targets = scheme === "https" ? this.#options.targets(host, pathOf(request)) : undefined;
      const headers = requestHeaders(request.headers, callerOf(socket, scheme));
      this.#group.upgrade(targets ?? [], { request, headers, socket, head });
    });
  }

  #handle(exchange: Exchange): void {
    const { request, response, caller } = exchange;
    const host = String(request.headers[":authority"] ?? request.headers.host ?? "");
    if (caller.scheme === "http" && this.#options.redirect()) {
      const name = host.replace(/:\d+$/, "") || "localhost";
      response.writeHead(301, { location: `https://${name}:${this.httpsPort}${request.url ?? "/"}` }).end();
      return;
    }
    const targets = this.#options.targets(host, pathOf(request));
    const target = targets && this.#group.next(targets);
    if (target) this.#forward(target, exchange);
    else if (targets) answer(response, 503, "Service Temporarily Unavailable");
    else answer(response, 404, "Not Found");
  }

  #forward(target: Target, { request, response, caller }: Exchange): void {
    const headers = requestHeaders(request.headers, caller);
    if (hasUnmeasuredBody(request)) headers["transfer-encoding"] = "chunked";
    const { method = "GET", url = "/" } = request;
    const sent = this.#group.request(target, { method, path: url, headers });
    sent.setTimeout(idleMs, () => {
      if (!response.headersSent) answer(response, 504, "Gateway Time-out");
      sent.destroy();
    });
    sent.once("response", (received) => {
      response.writeHead(received.statusCode ?? 502, responseHeaders(received.headers));
      received.once("error", () => response.destroy());
      received.pipe(response);
    });
    sent.on("error", () => {
      if (response.headersSent) response.destroy();
      else answer(response, 502, "Bad Gateway");
    });
    response.once("close", () => {
      if (!response.writableFinished) sent.destroy();
    });
    request.pipe(sent);
  }
}

const answer = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", server: "sandbox-balancer" });
  response.end(`${status} ${text}\n`);
};

/** A body whose length was not said: HTTP/1.1 sends it in chunks, HTTP/2 needs no such word. */
const hasUnmeasuredBody = (request: IncomingMessage): boolean => {
  if (request.headers["content-length"] !== undefined) return false;
  if (request.headers["transfer-encoding"] !== undefined) return true;
  return request instanceof http2.Http2ServerRequest && !request.stream.endAfterHeaders;
};

const callerOf = (socket: Socket, scheme: Caller["scheme"]): Caller => ({
  // `::ffff:127.0.0.1` is 127.0.0.1.
  address: (socket.remoteAddress ?? "").replace(/^::ffff:/, ""),
  scheme,
  port: socket.localPort ?? 0,
});

const pathOf = (request: IncomingMessage): string => (request.url ?? "/").split("?")[0] ?? "/";

const portOf = (server: { address(): AddressInfo | string | null }): number => {
  const address = server.address();
  return typeof address === "object" && address ? address.port : 0;
};

const listen = (server: Server | http2.Http2SecureServer, port: number, host: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
