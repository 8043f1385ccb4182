import { randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { ApiEnv } from "../contract/env.ts";
import { logEvents } from "../contract/log-events.ts";
import { RefusedCredential } from "../http/actor.ts";
import { Problem } from "../http/errors/problem.ts";
import type { Logger } from "../platform/logging.ts";
import type { Metrics } from "../platform/metrics.ts";
import { closeCodes, type LiveClient, type LiveSocket } from "./socket.ts";

export type LiveEnv = Pick<
  ApiEnv,
  "LIVE_SOCKETS_MAX" | "LIVE_SOCKETS_PER_ADDRESS_MAX" | "LIVE_SOCKETS_PER_CALLER_MAX"
>;

/** Between two checks. With the polls of sessions (2 s) and keys (4 s) a socket ends within 5 s of its credential. */
const checkEveryMs = 500;
/** How long a credential counts that cannot be checked because the database does not answer. */
const unconfirmedMs = 5_000;
/** Credentials that are looked up at once: requests need the other connections of the pool. */
const mostLookUps = 4;
/** Time within which the clients of a replica that shuts down come to the others, and their time to say goodbye. */
const [reconnectWithinMs, goodbyeMs] = [10_000, 1_000];

/** All WebSockets of this process: how many there may be, whether their clients live and may still listen. */
export class LiveSockets {
  readonly #env: LiveEnv;
  readonly #metrics: Metrics;
  readonly #logger: Logger;
  readonly #sockets = new Set<LiveSocket>();
  readonly #timer: NodeJS.Timeout;
  #checking = false;
  #closing = false;

  constructor(env: LiveEnv, metrics: Metrics, logger: Logger) {
    this.#env = env;
    this.#metrics = metrics;
    this.#logger = logger;
    metrics.webSockets.set(0);
    this.#timer = setInterval(() => void this.#check(), checkEveryMs).unref();
  }

  /** @throws Problem where there is no room for another one: `unavailable`, or `too_many_sockets` of this client. */
  admit({ actor, address }: Pick<LiveClient, "actor" | "address">): void {
    const most = this.#env;
    if (this.#closing || this.#sockets.size >= most.LIVE_SOCKETS_MAX) {
      throw new Problem("unavailable", "This replica takes no further WebSocket.", retryAfter());
    }
    const [ofAddress, ofCaller] = [most.LIVE_SOCKETS_PER_ADDRESS_MAX, most.LIVE_SOCKETS_PER_CALLER_MAX];
    if (this.#count((client) => client.address === address) >= ofAddress) {
      throw new Problem("too_many_sockets", `An address has at most ${ofAddress} WebSockets.`, retryAfter());
    }
    if (this.#count((client) => client.actor.name === actor.name) >= ofCaller) {
      throw new Problem("too_many_sockets", `A caller has at most ${ofCaller} WebSockets.`, retryAfter());
    }
  }

  add(socket: LiveSocket): void {
    this.#sockets.add(socket);
    this.#metrics.webSockets.set(this.#sockets.size);
    socket.onClose((code) => {
      this.#sockets.delete(socket);
      this.#metrics.webSockets.set(this.#sockets.size);
      this.#metrics.webSocketsClosed.inc({ code: countedCodes.has(code) ? String(code) : "other" });
    });
  }

  /** Sends all clients to other replicas, each at a time of its own, without waiting for one that does not answer. */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.close(closeCodes.goingAway, reconnectHint());
    for (let waited = 0; this.#sockets.size > 0 && waited < goodbyeMs; waited += 20) await pause(20);
    for (const socket of this.#sockets) socket.terminate();
  }

  #count(matches: (client: LiveClient) => boolean): number {
    let count = 0;
    for (const { client } of this.#sockets) if (matches(client)) count++;
    return count;
  }

  async #check(): Promise<void> {
    const now = performance.now();
    for (const socket of this.#sockets) socket.beat(now);
    if (this.#checking) {
      for (const socket of this.#sockets) endUnconfirmed(socket, now);
      return;
    }
    this.#checking = true;
    const lookUps = new Set<Promise<void>>();
    for (const socket of this.#sockets) {
      const lookUp = socket.isOpen ? this.#confirm(socket, now) : undefined;
      if (lookUp === undefined) continue;
      lookUps.add(lookUp);
      void lookUp.then(() => lookUps.delete(lookUp));
      if (lookUps.size >= mostLookUps) await Promise.race(lookUps);
    }
    await Promise.all(lookUps);
    this.#checking = false;
  }

  /** Closes a socket whose credential has ended. A promise, which never fails, where that must be looked up. */
  #confirm(socket: LiveSocket, now: number): Promise<void> | undefined {
    try {
      const actor = socket.client.confirm();
      if (actor instanceof Promise) {
        return actor.then(
          () => socket.confirm(now),
          (error: unknown) => this.#end(socket, error, now),
        );
      }
      socket.confirm(now);
    } catch (error) {
      this.#end(socket, error, now);
    }
    return undefined;
  }

  #end(socket: LiveSocket, error: unknown, now: number): void {
    if (error instanceof RefusedCredential) {
      const { reason } = error;
      this.#logger.info(
        { ...logEvents.liveEnded, reason, actor: socket.client.actor.name },
        "live updates ended with the credential",
      );
      socket.close(closeCodes.unauthorised, "credential ended");
    } else endUnconfirmed(socket, now);
  }
}

function endUnconfirmed(socket: LiveSocket, now: number): void {
  if (now - socket.confirmedAt >= unconfirmedMs) socket.close(closeCodes.tryAgainLater, reconnectHint());
}

/** Milliseconds that this client should wait, chosen for it alone. */
const reconnectHint = (): string => `reconnect-after-ms=${randomInt(reconnectWithinMs)}`;

const retryAfter = () => ({ headers: { "retry-after": String(randomInt(5, 16)) } });

/** Codes with a count of their own: clients can send any. */
const countedCodes = new Set([1000, 1001, 1002, 1005, 1006, 1007, 1008, 1009, 1013, 4401]);
