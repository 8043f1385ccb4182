import { rounded } from "./bill.ts";
import type { Estimate } from "./types.ts";

interface CostChange {
  name: string;
  beforeUsd: number;
  afterUsd: number;
  differenceUsd: number;
}

export interface CostDifference {
  beforeUsd: number;
  afterUsd: number;
  differenceUsd: number;
  /** Components whose cost changed, the greatest change first. */
  components: CostChange[];
  /** Single lines that changed, as "resource: what". */
  lines: CostChange[];
}

/** What a change costs or saves a month. */
export function difference(before: Estimate, after: Estimate): CostDifference {
  return {
    beforeUsd: before.totalUsd,
    afterUsd: after.totalUsd,
    differenceUsd: rounded(after.totalUsd - before.totalUsd, 2),
    components: changes(before, after, ({ components }) =>
      components.map(({ component, monthlyUsd }) => named(component, monthlyUsd)),
    ),
    lines: changes(before, after, ({ components }) =>
      components.flatMap(({ lines }) =>
        lines.map((line) => named(`${line.resource}: ${line.what}`, line.monthlyUsd)),
      ),
    ),
  };
}

/** A name and what it costs. */
const named = (name: string, usd: number): [string, number] => [name, usd];

const change = (name: string, beforeUsd: number, afterUsd: number): CostChange => ({
  name,
  beforeUsd,
  afterUsd,
  differenceUsd: rounded(afterUsd - beforeUsd, 2),
});

function changes(
  before: Estimate,
  after: Estimate,
  costs: (estimate: Estimate) => [string, number][],
): CostChange[] {
  const sums = (estimate: Estimate) => {
    const found = new Map<string, number>();
    for (const [name, usd] of costs(estimate)) found.set(name, rounded((found.get(name) ?? 0) + usd, 2));
    return found;
  };
  const [old, now] = [sums(before), sums(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((name) => change(name, old.get(name) ?? 0, now.get(name) ?? 0))
    .filter(({ differenceUsd }) => differenceUsd !== 0)
    .sort((one, other) => Math.abs(other.differenceUsd) - Math.abs(one.differenceUsd));
}
