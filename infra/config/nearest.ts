/** The known key that `typed` most likely meant: at most a third of its letters wrong. */
export function nearest(typed: string, known: readonly string[]): string | undefined {
  const distances = known.map((key) => ({
    key,
    distance: editDistance(typed.toLowerCase(), key.toLowerCase()),
  }));
  const best = distances.sort((a, b) => a.distance - b.distance)[0];
  return best !== undefined && best.distance <= Math.max(2, typed.length / 3) ? best.key : undefined;
}

/** Levenshtein distance: insertions, deletions and replacements of one letter. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
