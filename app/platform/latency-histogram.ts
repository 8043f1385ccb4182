import { Histogram, type HistogramConfiguration } from "prom-client";

/** Upper bounds of the buckets, seconds. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The durations with the same labels. */
class Series {
  readonly labels: Record<string, string>;
  /** How many are up to each bound and longer than the one before. */
  readonly #buckets = bounds.map(() => 0);
  #count = 0;
  #sum = 0;

  constructor(labels: Record<string, string>) {
    this.labels = labels;
  }

  observe(seconds: number): void {
    this.#count++;
    this.#sum += seconds;
    let index = 0;
    for (const bound of bounds) {
      if (seconds <= bound) break;
      index++;
    }
    if (index < bounds.length) this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
  }

  /** Its lines in /metrics. Each bucket includes those before it there. */
  values(name: string) {
    const { labels: sharedLabels } = this;
    const line = (suffix: string, value: number, labels = {}) => ({
      metricName: `${name}_${suffix}`,
      labels,
      sharedLabels,
      value,
    });
    let total = 0;
    const buckets = bounds.map((le, index) => {
      total += this.#buckets[index] ?? 0;
      return line("bucket", total, { le });
    });
    const all = line("bucket", this.#count, { le: "+Inf" });
    return [...buckets, all, line("sum", this.#sum), line("count", this.#count)];
  }
}

/**
 * A histogram of prom-client's that counts by itself: prom-client checks the labels and looks their series up by a text that it
 * makes for each observation, which costs ten times as much.
 */
export class LatencyHistogram<Label extends string> extends Histogram<Label> {
  readonly #configuration: HistogramConfiguration<Label>;
  readonly #series = new Map<string, Series>();

  constructor(configuration: HistogramConfiguration<Label>) {
    super(configuration);
    this.#configuration = configuration;
  }

  /** Observes a duration in seconds. `labels` is called for the first one of a key. */
  count(key: string, seconds: number, labels: () => Record<Label, string>): void {
    let series = this.#series.get(key);
    if (series === undefined) {
      series = new Series(labels());
      this.#series.set(key, series);
    }
    series.observe(seconds);
  }

  /** What the registry prints, and `get` returns, in place of prom-client's own counts. */
  async getForPromString() {
    const { name, help } = this.#configuration;
    const values = [...this.#series.values()].flatMap((series) => series.values(name));
    return { name, help, type: "histogram", values, aggregator: "sum" };
  }
}
