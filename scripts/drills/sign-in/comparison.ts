import { percentile } from "../load/figures.ts";

/** Milliseconds of each attempt. */
export interface Times {
  known: readonly number[];
  unknown: readonly number[];
}

interface Figures {
  attempts: number;
  p5: number;
  median: number;
  p95: number;
}

export interface Comparison {
  known: Figures;
  unknown: Figures;
  /**
   * How often a guess by two times, one of each kind, is right (Mann and Whitney's U over all pairs): 0.5 is a coin, 0 and 1
   * are certain.
   */
  right: number;
  differs: boolean;
}

/** Standard errors from a coin that count as a difference: chance alone gets there once in 15,000 runs. */
const mostErrors = 4;

export function compare({ known, unknown }: Times): Comparison {
  const [one, other] = [Float64Array.from(known).sort(), Float64Array.from(unknown).sort()];
  const right = shareLonger(one, other);
  const error = Math.sqrt((one.length + other.length + 1) / (12 * one.length * other.length));
  const differs = Math.abs(right - 0.5) > mostErrors * error;
  return { known: figuresOf(one), unknown: figuresOf(other), right, differs };
}

export function report({ known, unknown, right, differs }: Comparison): string {
  const line = (name: string, { attempts, p5, median, p95 }: Figures) =>
    `${name}  ${attempts} attempts: median ${median.toFixed(2)} ms, 5 % below ${p5.toFixed(2)}, 5 % above ${p95.toFixed(2)}`;
  return [
    line("known account  ", known),
    line("unknown account", unknown),
    `Of two times, the longer one is the known account's in ${(right * 100).toFixed(1)} % (a coin: 50 %).`,
    differs ? "The time tells whether the account exists." : "The time does not tell.",
  ].join("\n");
}

const figuresOf = (sorted: Float64Array): Figures => ({
  attempts: sorted.length,
  p5: percentile(sorted, 0.05),
  median: percentile(sorted, 0.5),
  p95: percentile(sorted, 0.95),
});

/** In how many of all pairs the first one's time is longer; ties count half. Both sorted. */
function shareLonger(one: Float64Array, other: Float64Array): number {
  let [below, equal, pairs] = [0, 0, 0];
  for (const time of one) {
    while ((other[below] ?? Number.POSITIVE_INFINITY) < time) below++;
    for (equal = 0; other[below + equal] === time; ) equal++;
    pairs += below + equal / 2;
  }
  return pairs / (one.length * other.length);
}
