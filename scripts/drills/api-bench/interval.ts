/** The middle of some numbers, and the 95 % interval that it is in. */
export interface Interval {
  low: number;
  median: number;
  high: number;
}

/** Fewer numbers have no interval of 95 %. */
export const fewestNumbers = 6;

/**
 * The median's interval by the sign test, which supposes nothing about how the numbers spread: each is below the true median or
 * above it like a coin, so it counts how many of them can be on the same side (Conover, Practical Nonparametric Statistics,
 * section 3.2).
 */
export const intervalOf = (numbers: readonly number[]): Interval => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const [last, outside] = [sorted.length - 1, outsideOf(sorted.length)];
  const median = (at(Math.floor(last / 2)) + at(Math.ceil(last / 2))) / 2;
  return { low: at(outside), median, high: at(last - outside) };
};

/** How many of so many coins show heads, at most, in the rarest 2.5 % of throws. */
const outsideOf = (coins: number): number => {
  let [heads, chance] = [0, 0.5 ** coins];
  for (let sum = chance; sum <= 0.025; sum += chance) {
    chance *= (coins - heads) / (heads + 1);
    heads++;
  }
  return Math.max(0, heads - 1);
};
