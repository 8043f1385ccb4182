/** What a load run measured. Times in milliseconds. */
export interface Figures {
  seconds: number;
  requests: number;
  /** Requests a second that were answered. */
  rate: number;
  /** Requests that did not get the answer they should, by kind: `GET booking: status 502`, `POST booking: ECONNRESET`. */
  failures: Record<string, number>;
  failed: number;
  byStatus: Record<string, number>;
  p50: number;
  p95: number;
  p99: number;
  slowest: number;
}

/** The smallest time that the given share of all did not exceed. @param sorted ascending; NaN for none */
export const percentile = (sorted: Float64Array, share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;

/** Collects answers and their times. */
export class Recorder {
  readonly #times: number[] = [];
  readonly #failures = new Map<string, number>();
  readonly #statuses = new Map<string, number>();
  #failed = 0;

  answered(status: number, milliseconds: number): void {
    count(this.#statuses, String(status));
    this.#times.push(milliseconds);
  }

  /** @param kind what was asked, and what came instead of the answer */
  failure(kind: string): void {
    this.#failed += 1;
    count(this.#failures, kind);
  }

  figures(seconds: number): Figures {
    const sorted = Float64Array.from(this.#times).sort();
    return {
      seconds,
      requests: this.#times.length,
      rate: this.#times.length / seconds,
      failures: Object.fromEntries(this.#failures),
      failed: this.#failed,
      byStatus: Object.fromEntries([...this.#statuses].sort()),
      p50: percentile(sorted, 0.5),
      p95: percentile(sorted, 0.95),
      p99: percentile(sorted, 0.99),
      slowest: sorted.at(-1) ?? Number.NaN,
    };
  }
}

const count = (counts: Map<string, number>, key: string): void =>
  void counts.set(key, (counts.get(key) ?? 0) + 1);
