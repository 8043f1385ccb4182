import { randomUUID } from "node:crypto";
import type * as z from "zod";
import type { Booking, BookingPage, createBooking, updateBooking } from "../../../app/bookings/schema.ts";
import type { Call } from "./call.ts";

/** A booking that the run made and has not cancelled. */
export type Known = Pick<Booking, "id" | "version">;

/** Of a hundred requests: what people do with bookings, reads above all. */
const shares = { create: 15, update: 10, list: 10, page: 5, keys: 2 };
/** Bookings that are remembered to be read and changed; pages that are remembered to be turned. */
const remembered = 500;
const calls = {
  list: { name: "GET bookings", method: "GET", path: "/v1/bookings?limit=20", expected: [200] },
  keys: { name: "GET signing keys", method: "GET", path: "/.well-known/jwks.json", expected: [200] },
} as const satisfies Record<string, Call>;

/** Makes up requests: reads, lists page by page, creations and changes of the run's own bookings, and the signing keys. */
export class Mix {
  readonly #known: Known[] = [];
  readonly #made = new Map<string, number>();
  /** Where pages ended that have a next one, the oldest first: cursors outlive a rotation of the key that signs them. */
  readonly #cursors: string[] = [];
  readonly #random: () => number;
  /** What the run books: no other run's bookings can be in the way. */
  readonly #resource = `load ${randomUUID()}`;
  /** Each booking gets a minute of its own after this, somewhere in the years that may be booked: the run's bookings never overlap. */
  #slot: number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
    this.#slot = Date.now() + Math.floor(random() * 4e6) * 60_000;
  }

  /** All bookings that the run made, each with the version that was answered last. */
  get made(): Known[] {
    return [...this.#made].map(([id, version]) => ({ id, version }));
  }

  next(): Call {
    let dice = this.#random() * 100;
    const falls = (kind: keyof typeof shares) => {
      dice -= shares[kind];
      return dice < 0;
    };
    const chosen = this.#known[Math.floor(this.#random() * this.#known.length)];
    if (chosen === undefined || falls("create")) return this.#create();
    if (falls("update")) return update(chosen);
    if (falls("list")) return calls.list;
    if (falls("page")) return nextPage(this.#cursors.shift());
    if (falls("keys")) return calls.keys;
    return { name: "GET booking", method: "GET", path: `/v1/bookings/${chosen.id}`, expected: [200] };
  }

  /** Learns from an answer: a new booking, a new version of one, or where a page ended. */
  learn(call: Call, answer: unknown): void {
    if (isPage(answer)) {
      this.#cursors.push(answer.nextCursor);
      if (this.#cursors.length > remembered) this.#cursors.shift();
    }
    if (call.method === "GET" || !isBooking(answer)) return;
    const { id, version } = answer;
    this.#made.set(id, Math.max(version, this.#made.get(id) ?? 0));
    const index = this.#known.findIndex((booking) => booking.id === id);
    if (index >= 0) this.#known[index] = { id, version };
    else this.#known.push({ id, version });
    if (this.#known.length > remembered) this.#known.shift();
  }

  #create(): Call {
    const start = this.#slot;
    this.#slot += 60_000;
    const body = {
      resource: this.#resource,
      clientName: `Load ${randomUUID().slice(0, 8)}`,
      clientEmail: "load@example.com",
      clientPhone: "+15555550100",
      startsAt: new Date(start).toISOString(),
      endsAt: new Date(start + 60_000).toISOString(),
    } satisfies z.input<typeof createBooking>;
    return { name: "POST booking", method: "POST", path: "/v1/bookings", body, expected: [201] };
  }
}

/** Two changes of one booking can collide: 409 is then the right answer to the later one. */
const update = ({ id, version }: Known): Call => ({
  name: "PATCH booking",
  method: "PATCH",
  path: `/v1/bookings/${id}`,
  body: { version, notes: `changed at ${new Date().toISOString()}` } satisfies z.input<typeof updateBooking>,
  expected: [200, 409],
});

const nextPage = (cursor: string | undefined): Call =>
  cursor === undefined
    ? calls.list
    : { ...calls.list, name: "GET next page", path: `${calls.list.path}&cursor=${cursor}` };

const isPage = (value: unknown): value is { nextCursor: NonNullable<BookingPage["nextCursor"]> } =>
  typeof value === "object" &&
  value !== null &&
  "nextCursor" in value &&
  typeof value.nextCursor === "string";

export const isBooking = (value: unknown): value is Known =>
  typeof value === "object" &&
  value !== null &&
  "id" in value &&
  typeof value.id === "string" &&
  "version" in value &&
  typeof value.version === "number";
