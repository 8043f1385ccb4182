import { WebSocket } from "ws";
import { liveUpdates } from "../contract/live-updates.ts";
import type { Actor } from "../http/actor.ts";
import { mostMissedBytes } from "./room.ts";

/** Why the server ends a WebSocket (RFC 6455 section 7.4; 4000 to 4999 are an application's own). */
export const closeCodes = {
  /** The replica shuts down. */
  goingAway: 1001,
  /** The client sends what it should not. */
  policy: 1008,
  /** The API cannot find out whether the credential still counts. */
  tryAgainLater: 1013,
  /** The credential has ended. */
  unauthorised: 4401,
} as const;

/** Bytes that may wait for a client that reads slowly: more than it is told at once. */
const mostWaitingBytes = 2 * mostMissedBytes;
/** Pings and pongs of a client between two checks. */
const mostFrames = 20;
const heartbeat = Buffer.from('{"type":"heartbeat"}');

export interface LiveClient {
  actor: Actor;
  /** Its network address, as limits count it. */
  address: string;
  /** Who sends the credential of the handshake now. @throws RefusedCredential where it counts no more. */
  confirm(): Actor | Promise<Actor>;
}

/** A client's WebSocket, with bounds in both directions. Times are those of `performance.now()`. */
export class LiveSocket {
  readonly client: LiveClient;
  readonly #webSocket: WebSocket;
  #confirmedAt = performance.now();
  #heardAt = performance.now();
  #beatAt = performance.now();
  #frames = 0;

  constructor(webSocket: WebSocket, client: LiveClient) {
    this.client = client;
    this.#webSocket = webSocket;
    webSocket.on("ping", (data) => {
      if (this.#admits()) webSocket.pong(data);
    });
    webSocket.on("pong", () => this.#admits());
    webSocket.on("message", () => this.close(closeCodes.policy, "send nothing"));
    // What breaks the protocol or the bounds: ws closes it with the code of the fault.
    webSocket.on("error", () => undefined);
  }

  get isOpen(): boolean {
    return this.#webSocket.readyState === WebSocket.OPEN;
  }

  /** When the credential was last found to count. */
  get confirmedAt(): number {
    return this.#confirmedAt;
  }

  confirm(now: number): void {
    this.#confirmedAt = now;
  }

  onClose(listener: (code: number) => void): void {
    this.#webSocket.on("close", listener);
  }

  /** Drops a client that does not read: it learns what it missed when it comes again. */
  send(frame: Buffer): void {
    if (!this.isOpen) return;
    if (this.#webSocket.bufferedAmount > mostWaitingBytes) this.#webSocket.terminate();
    else this.#webSocket.send(frame, { binary: false });
  }

  /** Sees whether the client is alive. */
  beat(now: number): void {
    this.#frames = 0;
    if (now - this.#heardAt >= liveUpdates.deadAfterSeconds * 1_000) this.#webSocket.terminate();
    if (now - this.#beatAt < liveUpdates.heartbeatSeconds * 1_000) return;
    this.#beatAt = now;
    this.send(heartbeat);
    // A page sees no ping, and no server can see whether a message arrived.
    if (this.isOpen) this.#webSocket.ping();
  }

  /** @param reason at most 123 bytes. */
  close(code: number, reason: string): void {
    this.#webSocket.close(code, reason);
  }

  terminate(): void {
    this.#webSocket.terminate();
  }

  /** Counts a frame of the client; closes where it is one too many. */
  #admits(): boolean {
    this.#heardAt = performance.now();
    if (!this.isOpen) return false;
    if (++this.#frames <= mostFrames) return true;
    this.close(closeCodes.policy, "too many frames");
    return false;
  }
}
