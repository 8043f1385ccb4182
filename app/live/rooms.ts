import type { Listener } from "../platform/cache.ts";
import type { Tracing } from "../platform/tracing/tracing.ts";
import { type Member, Room } from "./room.ts";
import { tellTraced } from "./spans.ts";
import type { LiveStream } from "./stream.ts";

/** The rooms of the organisations that have clients on this replica. */
export class Rooms {
  readonly #stream: LiveStream;
  readonly #listener: Listener;
  readonly #rooms = new Map<string, Room>();

  /** @param tracing default: no traces. */
  constructor(stream: LiveStream, tracing?: Tracing) {
    this.#stream = stream;
    this.#listener = stream.listen(
      (organisationId, entry) => {
        const room = this.#rooms.get(organisationId);
        if (room === undefined) this.#leave(organisationId);
        else if (tracing === undefined) room.hear(entry);
        else tellTraced(tracing, entry.text, () => room.hear(entry));
      },
      () => {
        for (const room of this.#rooms.values()) room.resume();
      },
    );
  }

  /** @param after the last id that the member has seen, if it says one. */
  enter(organisationId: string, member: Member, after: string | undefined): void {
    let room = this.#rooms.get(organisationId);
    if (room === undefined) {
      room = new Room(organisationId, this.#stream, this.#listener);
      this.#rooms.set(organisationId, room);
    }
    room.enter(member, after);
  }

  leave(organisationId: string, member: Member): void {
    const room = this.#rooms.get(organisationId);
    room?.leave(member);
    if (room?.empty !== true) return;
    this.#rooms.delete(organisationId);
    this.#leave(organisationId);
  }

  close(): void {
    this.#listener.close();
  }

  /** Where it fails, the next message of the organisation has it tried again. */
  #leave(organisationId: string): void {
    this.#listener.leave(organisationId).catch(() => undefined);
  }
}
