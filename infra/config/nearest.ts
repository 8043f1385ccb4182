import { distance } from "fastest-levenshtein";

/** The known key that `typed` most likely meant: at most a third of its letters wrong, or its beginning (`prod`). */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((key) => ({ key, wrong: distance(typed.toLowerCase(), key.toLowerCase()) }))
    .sort((a, b) => a.wrong - b.wrong);
  if (best !== undefined && best.wrong <= Math.max(2, typed.length / 3)) return best.key;
  const [longer, ...others] = known.filter((key) => typed.length > 2 && key.startsWith(typed));
  return others.length === 0 ? longer : undefined;
}
