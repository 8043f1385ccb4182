import { setTimeout as pause } from "node:timers/promises";
import type { Listener } from "../platform/cache.ts";
import type { LiveMessage } from "./schema.ts";
import { type Entry, isAfter, type LiveStream, streamStart } from "./stream.ts";

/** A client as its room sees it. */
export interface Member {
  send(frame: Buffer): void;
}

/** Time within which clients load anew: all of an organisation's at once would be a load. */
export const spreadMs = 5_000;
/** Most bytes that a client is told at once of what it missed; with more it loads anew. */
export const mostMissedBytes = 32_768;
/** Pause after Redis failed. */
const retryMs = 1_000;

/**
 * The clients of one organisation on this replica. A client is present, and gets every message as it comes, or late, until it was told
 * what it missed. All are late again when the connection to Redis was lost.
 */
export class Room {
  readonly #organisationId: string;
  readonly #stream: LiveStream;
  readonly #listener: Listener;
  readonly #present = new Set<Member>();
  /** Late members, and the last id that each has seen, if it says one. */
  readonly #late = new Map<Member, string | undefined>();
  /** The last id that the present members have seen. */
  #last: string = streamStart;
  #admitting = false;

  constructor(organisationId: string, stream: LiveStream, listener: Listener) {
    this.#organisationId = organisationId;
    this.#stream = stream;
    this.#listener = listener;
  }

  get empty(): boolean {
    return this.#present.size + this.#late.size === 0;
  }

  enter(member: Member, after: string | undefined): void {
    this.#late.set(member, after);
    void this.#admit();
  }

  leave(member: Member): void {
    this.#present.delete(member);
    this.#late.delete(member);
  }

  /** A message has come. It may have been read before. @returns how many clients are told. */
  hear(entry: Entry): number {
    if (!isAfter(entry.id, this.#last)) return 0;
    this.#last = entry.id;
    const frame = frameOf(entry);
    for (const member of this.#present) member.send(frame);
    return this.#present.size;
  }

  /** There is a new connection to Redis: messages may have passed before it. */
  resume(): void {
    for (const member of this.#present) this.#late.set(member, this.#last);
    this.#present.clear();
    // What a failed server has lost leaves no trace in the ids of the next one.
    this.#last = streamStart;
    void this.#admit();
  }

  /** Admits the late members, all together by one reading. */
  async #admit(): Promise<void> {
    if (this.#admitting) return;
    this.#admitting = true;
    while (this.#late.size > 0) {
      const late = [...this.#late];
      try {
        await this.#listener.join(this.#organisationId);
        const entries = await this.#stream.read(this.#organisationId);
        for (const entry of entries) this.hear(entry);
        // A message that came later than the reading, and was heard before its end, is in the next one.
        if ((entries.at(-1)?.id ?? streamStart) === this.#last) this.#welcome(late, entries);
      } catch {
        // The cache reports it.
        await pause(retryMs, undefined, { ref: false });
      }
    }
    this.#admitting = false;
  }

  #welcome(late: readonly [Member, string | undefined][], entries: readonly Entry[]): void {
    for (const [member, after] of late) {
      if (!this.#late.delete(member)) continue;
      this.#present.add(member);
      const missed = missedSince(after, entries);
      for (const entry of missed ?? [reload(this.#last, after === undefined ? 0 : spreadMs)]) {
        member.send(frameOf(entry));
      }
    }
  }
}

/** What came after an id; undefined where that cannot be told, or is much. */
function missedSince(after: string | undefined, entries: readonly Entry[]): readonly Entry[] | undefined {
  if (after === streamStart && entries.length === 0) return [];
  const seen = entries.findIndex(({ id }) => id === after);
  if (seen < 0) return undefined;
  const missed = entries.slice(seen + 1);
  const bytes = missed.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  return bytes > mostMissedBytes ? undefined : missed;
}

const reload = (id: string, delayMs: number): Entry => {
  const message: LiveMessage = { type: "reload", spreadMs: delayMs };
  return { id, text: JSON.stringify(message) };
};

/** One message for all: its bytes are made once. */
const frameOf = ({ id, text }: Entry): Buffer => Buffer.from(`{"id":"${id}",${text.slice(1)}`);
