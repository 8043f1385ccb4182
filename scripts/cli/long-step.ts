/**
 * Says on stderr what a long step does and how long it took, so that nobody stares at a silent terminal.
 * stderr, because stdout belongs to what was asked for (`--json`, for one).
 */
export const step = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  const started = performance.now();
  const elapsed = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  process.stderr.write(`· ${what} …\n`);
  const reminder = setInterval(() => process.stderr.write(`  still at it, ${elapsed()}\n`), 10_000);
  try {
    const result = await work();
    process.stderr.write(`  done in ${elapsed()}\n`);
    return result;
  } finally {
    clearInterval(reminder);
  }
};
