import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { booking as bookingSchema } from "../../../app/bookings/schema.ts";
import { bookingBody } from "./bookings.ts";
import { keyed as credentials } from "./client.ts";

export const kinds = ["create", "update", "cancel", "import"] as const;
/** Bookings of an import: it makes all of them, or none. */
export const importedLines = 40;
export type Kind = (typeof kinds)[number];
type Booking = z.infer<typeof bookingSchema>;

/** A write as its client knows it. */
export interface Operation {
  kind: Kind;
  key: string | undefined;
  /** What is told from others by in the tables: the resource of a creation or an import, the notes of an update. */
  mark: string;
  /** What was killed when an answer to it did not come. */
  interrupted?: string;
  /** The answer: the booking as it was written, or a refusal. None of them: the client does not know. */
  done?: Booking;
  imported?: true;
  refused?: true;
  bookingId?: string;
}

interface Sent {
  method: "POST" | "PATCH" | "GET";
  path: string;
  /** JSON, or CSV. */
  body?: object | string;
  key?: string | undefined;
}

const retryMs = 20;
/** How long an answer is on its way: what is killed meanwhile takes it with it. */
const latencyMs = 5;
const patienceMs = 15_000;

/**
 * Clients that write without a pause, and what they were answered. One who has a key sends the same again until an answer comes; one
 * who has none goes on without knowing.
 */
export class WriteLedger {
  readonly operations: Operation[] = [];
  #victim = "";
  #kills = 0;
  readonly #urls: () => readonly string[];
  readonly #stopping = new AbortController();
  #turn = 0;

  /** @param urls of the replicas, at the moment. */
  constructor(urls: () => readonly string[]) {
    this.#urls = urls;
  }

  /** Says what is being killed: answers that are under way do not arrive. */
  kill(victim: string): void {
    this.#victim = victim;
    this.#kills++;
  }

  /** Begins so many clients of each kind, with keys and without. @returns to end them, which waits for what they still do not know. */
  begin(each: number): () => Promise<void> {
    const single = kinds.filter((kind) => kind !== "import");
    const lanes = single.flatMap((kind) =>
      [true, false].flatMap((keyed) => Array.from({ length: each }, () => this.#lane(kind, keyed))),
    );
    // An organisation may have one import at a time.
    lanes.push(this.#importLane());
    return async () => {
      this.#stopping.abort();
      await Promise.all(lanes);
    };
  }

  /** Answers so far to writes of each kind, the kind that has the fewest. */
  get answered(): number {
    const done = this.operations.filter(({ done, imported }) => done !== undefined || imported);
    return Math.min(...kinds.map((kind) => done.filter((operation) => operation.kind === kind).length));
  }

  async #lane(kind: Kind, keyed: boolean): Promise<void> {
    let known = kind === "update" ? await this.#newBooking() : undefined;
    while (!this.#stopping.signal.aborted) {
      if (kind === "create") await this.#create(keyed);
      else if (kind === "cancel") await this.#cancel(await this.#newBooking(), keyed);
      else if (known !== undefined) known = await this.#update(known, keyed);
    }
  }

  async #importLane(): Promise<void> {
    for (let keyed = true; !this.#stopping.signal.aborted; keyed = !keyed) {
      const mark = `faults ${randomUUID()}`;
      const operation: Operation = { kind: "import", key: keyOf(keyed), mark };
      await this.#write(operation, { method: "POST", path: "/v1/bookings/import", body: csvOf(mark) });
    }
  }

  async #newBooking(): Promise<Booking> {
    const made = await this.#create(true);
    if (made === undefined) throw new Error("a creation with a key has no answer");
    return made;
  }

  #create(keyed: boolean): Promise<Booking | undefined> {
    const body = bookingBody({ resource: `faults ${randomUUID()}` });
    const operation: Operation = { kind: "create", key: keyOf(keyed), mark: String(body.resource) };
    return this.#write(operation, { method: "POST", path: "/v1/bookings", body });
  }

  async #cancel({ id, version }: Booking, keyed: boolean): Promise<void> {
    const operation: Operation = { kind: "cancel", key: keyOf(keyed), mark: "", bookingId: id };
    await this.#write(operation, { method: "POST", path: `/v1/bookings/${id}/cancel`, body: { version } });
  }

  async #update({ id, version }: Booking, keyed: boolean): Promise<Booking> {
    const mark = randomUUID();
    const operation: Operation = { kind: "update", key: keyOf(keyed), mark, bookingId: id };
    const path = `/v1/bookings/${id}`;
    const done = await this.#write(operation, { method: "PATCH", path, body: { version, notes: mark } });
    return done ?? bookingSchema.parse((await this.#answer({ method: "GET", path })).body);
  }

  async #write(operation: Operation, sent: Sent): Promise<Booking | undefined> {
    this.operations.push(operation);
    const { key } = operation;
    const first = await this.#attempt({ ...sent, key });
    if (first === undefined) operation.interrupted = this.#victim;
    if (first === undefined && key === undefined) {
      await delay(retryMs);
      return undefined;
    }
    const { status, body } = first ?? (await this.#answer({ ...sent, key }));
    if (status === 409) operation.refused = true;
    else if (operation.kind === "import") operation.imported = true;
    else operation.done = bookingSchema.parse(body);
    return operation.done;
  }

  /** Asks until somebody answers. */
  async #answer(sent: Sent): Promise<Answer> {
    for (const began = performance.now(); ; await delay(retryMs)) {
      const answer = await this.#attempt(sent);
      if (answer !== undefined) return answer;
      if (performance.now() - began > 2 * patienceMs) throw new Error(`${sent.path}: no answer`);
    }
  }

  /** @returns undefined where nobody can know whether it was done: no answer, or one of 5xx. */
  async #attempt({ method, path, body, key }: Sent): Promise<Answer | undefined> {
    const urls = this.#urls();
    const url = urls[this.#turn++ % urls.length] ?? "";
    const kills = this.#kills;
    try {
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...credentials,
          ...(body && { "content-type": typeof body === "string" ? "text/csv" : "application/json" }),
          ...(key && { "idempotency-key": key }),
        },
        body: typeof body === "object" ? JSON.stringify(body) : (body ?? null),
        signal: AbortSignal.timeout(patienceMs),
      });
      const text = await answer.text();
      await delay(latencyMs);
      if (kills !== this.#kills) return undefined;
      if (answer.status >= 500) return undefined;
      // The import before, whose answer did not come, is still running.
      const isBusy = answer.status === 429;
      if (!isBusy && !answer.ok && answer.status !== 409)
        throw new UnexpectedAnswer(`${method} ${path}: ${answer.status} ${text}`);
      if (!isBusy) return { status: answer.status, body: JSON.parse(text) };
    } catch (error) {
      if (error instanceof UnexpectedAnswer) throw error;
      if (!isRefused(error)) return undefined;
    }
    // Nobody was there to begin it.
    await delay(retryMs);
    return this.#attempt({ method, path, ...(body && { body }), key });
  }
}

interface Answer {
  status: number;
  body: unknown;
}

class UnexpectedAnswer extends Error {}

/** Bookings of one resource, an hour each. */
const csvOf = (resource: string): string => {
  const { clientName, clientEmail, clientPhone } = bookingBody();
  const hour = (count: number) => new Date(Date.UTC(2031, 0, 1, count)).toISOString();
  const lines = Array.from({ length: importedLines }, (_, index) =>
    [resource, clientName, clientEmail, clientPhone, hour(index), hour(index + 1)].join(),
  );
  return ["resource,clientName,clientEmail,clientPhone,startsAt,endsAt", ...lines, ""].join("\r\n");
};

const isRefused = (error: unknown): boolean =>
  error instanceof Error && z.object({ code: z.literal("ECONNREFUSED") }).safeParse(error.cause).success;

const keyOf = (keyed: boolean): string | undefined => (keyed ? randomUUID() : undefined);
