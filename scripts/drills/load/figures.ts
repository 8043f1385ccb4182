/** What a load run measured. Times in milliseconds, from when a request was due; null where nothing was answered. */
export interface Figures {
  /** Requests a second that were asked for. */
  rate: number;
  /** How long requests were sent, seconds. */
  seconds: number;
  sent: number;
  sentRate: number;
  /** Requests that got the answer they should. */
  served: number;
  /** Up to the last answer: a server that falls behind goes on after the last request was sent. */
  servedRate: number;
  /** Whether the rate that was asked for was served, but for a twentieth. */
  held: boolean;
  /** Requests that did not get the answer they should, by kind: `GET booking: status 502`, `POST booking: ECONNRESET`. */
  failures: Record<string, number>;
  failed: number;
  byStatus: Record<string, number>;
  p50: number | null;
  p95: number | null;
  p99: number | null;
  slowest: number | null;
}

const heldShare = 0.95;

/** The smallest time that the given share of all did not exceed. @param sorted ascending; NaN for none */
export const percentile = (sorted: Float64Array, share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;

/** Collects answers and their times. */
export class Recorder {
  readonly #times: number[] = [];
  readonly #failures = new Map<string, number>();
  readonly #statuses = new Map<string, number>();
  #sent = 0;
  #ended = 0;
  #failed = 0;

  sent(): void {
    this.#sent += 1;
  }

  /** A request has ended. @param failure what was asked, and what came instead of the answer */
  ended(status: number | undefined, milliseconds: number, failure?: string): void {
    this.#ended += 1;
    if (status !== undefined) this.#times.push(milliseconds);
    count(this.#statuses, String(status ?? "none"));
    if (failure === undefined) return;
    this.#failed += 1;
    count(this.#failures, failure);
  }

  /** @param seconds how long requests have been sent @param untilLast until the last one ended */
  figures(rate: number, seconds: number, untilLast = seconds): Figures {
    const sorted = Float64Array.from(this.#times).sort();
    const at = (share: number) => (sorted.length === 0 ? null : percentile(sorted, share));
    const p50 = at(0.5);
    const served = this.#ended - this.#failed;
    // The last request ends so much later even where nothing is behind.
    const servedRate = served / Math.max(seconds, untilLast - (p50 ?? 0) / 1000);
    return {
      rate,
      seconds,
      sent: this.#sent,
      sentRate: this.#sent / seconds,
      served,
      servedRate,
      held: servedRate >= heldShare * rate,
      failures: Object.fromEntries(this.#failures),
      failed: this.#failed,
      byStatus: Object.fromEntries([...this.#statuses].sort()),
      p50,
      p95: at(0.95),
      p99: at(0.99),
      slowest: sorted.at(-1) ?? null,
    };
  }
}

const count = (counts: Map<string, number>, key: string): void =>
  void counts.set(key, (counts.get(key) ?? 0) + 1);
