import { randomUUID } from "node:crypto";

/** One request, and what counts as its answer. */
export type Call = {
  /** As figures name it: `GET booking`. */
  name: string;
  method: "GET" | "POST" | "PATCH";
  path: string;
  body?: unknown;
  expected: readonly number[];
};

/** A booking that the run made and has not cancelled. */
export type Known = { id: string; version: number };

/** Of a hundred requests: what people do with bookings, reads above all. */
const shares = { create: 15, update: 10, list: 15 };
/** Bookings that are remembered to be read and changed. */
const remembered = 500;

/** Makes up requests: reads, lists, creations and changes of the run's own bookings. */
export class Mix {
  private readonly known: Known[] = [];
  private readonly random: () => number;
  /** Each booking gets a minute of its own after this, in a time that no other data uses: the run's bookings never overlap. */
  private slot: number;

  constructor(random: () => number = Math.random) {
    this.random = random;
    this.slot = Date.UTC(2100, 0, 1) + Math.floor(random() * 1e9) * 60_000;
  }

  next(): Call {
    const dice = this.random() * 100;
    const chosen = this.known[Math.floor(this.random() * this.known.length)];
    if (chosen === undefined || dice < shares.create) return this.create();
    if (dice < shares.create + shares.update) return update(chosen);
    if (dice < shares.create + shares.update + shares.list) {
      return { name: "GET bookings", method: "GET", path: "/v1/bookings?limit=20", expected: [200] };
    }
    return { name: "GET booking", method: "GET", path: `/v1/bookings/${chosen.id}`, expected: [200] };
  }

  /** Learns from an answer: a new booking, or a new version of one. */
  learn(call: Call, answer: unknown): void {
    if (call.method === "GET" || !isBooking(answer)) return;
    const { id, version } = answer;
    const index = this.known.findIndex((booking) => booking.id === id);
    if (index >= 0) this.known[index] = { id, version };
    else this.known.push({ id, version });
    if (this.known.length > remembered) this.known.shift();
  }

  private create(): Call {
    const start = this.slot;
    this.slot += 60_000;
    const body = {
      clientName: `Load ${randomUUID().slice(0, 8)}`,
      clientEmail: "load@example.com",
      clientPhone: "+15555550100",
      startsAt: new Date(start).toISOString(),
      endsAt: new Date(start + 60_000).toISOString(),
    };
    return { name: "POST booking", method: "POST", path: "/v1/bookings", body, expected: [201] };
  }
}

/** Two changes of one booking may meet: then the later one is told so with 409, which is the right answer. */
const update = ({ id, version }: Known): Call => ({
  name: "PATCH booking",
  method: "PATCH",
  path: `/v1/bookings/${id}`,
  body: { version, notes: `changed at ${new Date().toISOString()}` },
  expected: [200, 409],
});

const isBooking = (value: unknown): value is Known =>
  typeof value === "object" &&
  value !== null &&
  "id" in value &&
  typeof value.id === "string" &&
  "version" in value &&
  typeof value.version === "number";
