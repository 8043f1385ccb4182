/** What this process knows of one client in one window. */
export interface Count {
  readonly client: string;
  /** The store's total when it last answered, and that total without what this process told it then. */
  known: number;
  before: number;
  /** Requests counted here: in flight to the store, and not yet sent. */
  sending: number;
  pending: number;
  /** When the window ends, and when the store last answered; as `Date.now()`. */
  resetAt: number;
  heardAt: number;
}

/** Clients remembered at once: an attack from many addresses must not fill the memory. */
const mostClients = 100_000;

/** The counts of all clients in their current windows. */
export class ClientCounts {
  readonly #window: number;
  readonly #counts = new Map<string, Count>();
  #sweptAt = Date.now();

  /** @param window milliseconds. */
  constructor(window: number) {
    this.#window = window;
  }

  /** The client's count; a new one where its window has ended. */
  of(client: string, now: number): Count {
    const known = this.#counts.get(client);
    if (known !== undefined && now < known.resetAt) return known;
    if (now - this.#sweptAt > this.#window || this.#counts.size >= mostClients) this.#sweep(now);
    const resetAt = now + this.#window;
    const count = { client, known: 0, before: 0, sending: 0, pending: 0, resetAt, heardAt: 0 };
    this.#counts.set(client, count);
    return count;
  }

  forget(client: string): void {
    this.#counts.delete(client);
  }

  /** Forgets ended windows; where that is not enough, the clients that came first. */
  #sweep(now: number): void {
    this.#sweptAt = now;
    for (const [client, count] of this.#counts) {
      if (now >= count.resetAt) this.#counts.delete(client);
    }
    for (const client of this.#counts.keys()) {
      if (this.#counts.size < mostClients) return;
      this.#counts.delete(client);
    }
  }
}

/** Takes in the store's answer to `sent` requests. Without an answer, what was counted here is all that is known. */
export function learn(
  count: Count,
  sent: number,
  answer: { total: number; resetInMs: number } | undefined,
  now: number,
): void {
  count.sending -= sent;
  count.known = answer?.total ?? count.known + sent;
  count.before = count.known - sent;
  if (answer === undefined) return;
  count.heardAt = now;
  count.resetAt = now + answer.resetInMs;
}
