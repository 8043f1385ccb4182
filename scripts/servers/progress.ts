/**
 * Says on stderr what a long step does and how long it took, so that nobody stares at a silent terminal.
 * stderr, because stdout belongs to what was asked for (`--json`, for one).
 */
export const step = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  const started = performance.now();
  process.stderr.write(`· ${what} …\n`);
  const result = await work();
  process.stderr.write(`  done in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  return result;
};
