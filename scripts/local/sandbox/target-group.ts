import {
  Agent,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
} from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** A pod's port. */
export interface Target {
  host: string;
  port: number;
}

interface Outgoing {
  method: string;
  path: string;
  headers: OutgoingHttpHeaders;
}

/** An upgrade as Node's server hands it over, with the headers to pass on. */
interface Upgrade {
  request: IncomingMessage;
  headers: OutgoingHttpHeaders;
  socket: Socket;
  head: Buffer;
}

const nameOf = ({ host, port }: Target): string => `${host}:${port}`;

/** The pods behind the load balancer, with connections kept to each. */
export class TargetGroup {
  readonly #agents = new Map<string, Agent>();
  readonly #sourceAddress: () => string;
  readonly #outstanding = new Map<string, number>();
  #turn = 0;

  constructor(sourceAddress: () => string) {
    this.#sourceAddress = sourceAddress;
  }

  /**
   * The one with the fewest requests under way, by turns where that is several: the algorithm that the Ingress asks for.
   * Connections to pods that are no longer among them are let go as soon as they are idle.
   */
  next(targets: readonly Target[]): Target | undefined {
    if (targets.length !== this.#agents.size) this.#forgetOthers(targets);
    this.#turn += 1;
    const load = (target: Target) => this.#outstanding.get(nameOf(target)) ?? 0;
    const first = this.#turn % Math.max(1, targets.length);
    return [...targets.slice(first), ...targets.slice(0, first)].reduce<Target | undefined>(
      (least, target) => (least && load(least) <= load(target) ? least : target),
      undefined,
    );
  }

  request(target: Target, { method, path, headers }: Outgoing): ClientRequest {
    const name = nameOf(target);
    this.#outstanding.set(name, (this.#outstanding.get(name) ?? 0) + 1);
    const sent = request({ ...target, method, path, headers, agent: this.#agentOf(target), setHost: false });
    sent.once("close", () => {
      const left = (this.#outstanding.get(name) ?? 1) - 1;
      if (left > 0) this.#outstanding.set(name, left);
      else this.#outstanding.delete(name);
    });
    return sent;
  }

  /** Passes a WebSocket (or any other upgrade) on: afterwards bytes flow both ways until one side ends. */
  upgrade(targets: readonly Target[], { request: asked, headers, socket, head }: Upgrade): void {
    const target = this.next(targets);
    socket.on("error", () => socket.destroy());
    if (!target) {
      socket.end("HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n");
      return;
    }
    const sent = request({
      ...target,
      method: asked.method,
      path: asked.url,
      headers: { ...headers, connection: "Upgrade", upgrade: asked.headers.upgrade },
      agent: false,
      setHost: false,
      localAddress: this.#sourceAddress(),
    });
    sent.once("upgrade", (response, pod, podHead) => {
      socket.write(rawHead(response));
      socket.write(podHead);
      pod.write(head);
      join(socket, pod);
    });
    sent.once("response", (response) => {
      socket.write(rawHead(response));
      response.pipe(socket);
    });
    sent.on("error", () => socket.end("HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n"));
    sent.end();
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #agentOf(target: Target): Agent {
    const name = nameOf(target);
    let agent = this.#agents.get(name);
    if (!agent) {
      // The pods' own keep-alive is longer than this, so it is always we who end an idle connection.
      agent = new Agent({ keepAlive: true, localAddress: this.#sourceAddress(), timeout: 60_000 });
      this.#agents.set(name, agent);
    }
    return agent;
  }

  /** Not `agent.destroy()`: that would break off the requests that a leaving pod is still answering. */
  #forgetOthers(targets: readonly Target[]): void {
    const kept = new Set(targets.map(nameOf));
    for (const [name, agent] of this.#agents) {
      if (kept.has(name)) continue;
      this.#agents.delete(name);
      for (const sockets of Object.values(agent.freeSockets))
        for (const socket of sockets ?? []) socket.destroy();
      agent.maxFreeSockets = 0;
    }
  }
}

const join = (caller: Socket, pod: Duplex): void => {
  pod.on("error", () => caller.destroy());
  pod.once("close", () => caller.destroy());
  caller.once("close", () => pod.destroy());
  pod.pipe(caller).pipe(pod);
};

const rawHead = (response: IncomingMessage): string => {
  const lines = [`HTTP/1.1 ${response.statusCode} ${response.statusMessage}`];
  for (let i = 0; i < response.rawHeaders.length; i += 2) {
    lines.push(`${response.rawHeaders[i]}: ${response.rawHeaders[i + 1]}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
};
