import type { FastifyReply } from "fastify";
import { Problem } from "./errors/problem.ts";

/** Longest that a file may take to be sent, milliseconds. */
const longestFileMs = 600_000;

/** For files of one kind that are made while they are sent. */
export const exportSlots = (): Slots => new Slots("exports", { each: 2, all: 8 });

/** Long work of this process that is bounded by its number: of one organisation, and of all together. */
export class Slots {
  readonly #most: { each: number; all: number };
  readonly #what: string;
  readonly #running = new Map<string, number>();
  #all = 0;

  /** @param what the work, in the plural, as an answer names it. */
  constructor(what: string, most: { each: number; all: number }) {
    this.#what = what;
    this.#most = most;
  }

  /**
   * Takes a slot.
   * @returns what gives it back, to be called once.
   * @throws Problem `rate_limited` where the organisation has all of its own, `unavailable` where the process has.
   */
  take(organisationId: string): () => void {
    const own = this.#running.get(organisationId) ?? 0;
    const headers = { "retry-after": "5" };
    if (own >= this.#most.each) {
      const detail = `Your organisation may have ${this.#most.each} running ${this.#what}.`;
      throw new Problem("rate_limited", detail, { headers });
    }
    if (this.#all >= this.#most.all) {
      throw new Problem("unavailable", `Too many ${this.#what} are running.`, { headers });
    }
    this.#running.set(organisationId, own + 1);
    this.#all++;
    return () => this.#give(organisationId);
  }

  /** Takes a slot until this answer has ended; one that takes longer than ten minutes is broken off. @throws as `take` does. */
  takeForFile({ request, raw }: FastifyReply): void {
    const done = this.take(request.actor.organisationId);
    const timer = setTimeout(() => raw.destroy(), longestFileMs).unref();
    raw.once("close", () => {
      clearTimeout(timer);
      done();
    });
  }

  #give(organisationId: string): void {
    const left = (this.#running.get(organisationId) ?? 0) - 1;
    this.#all--;
    if (left > 0) this.#running.set(organisationId, left);
    else this.#running.delete(organisationId);
  }
}
