/** One Ctrl-C arrives up to three times: from the terminal, and passed on by npm and by the script that npm started. */
const sameSignalMs = 1_000;

/**
 * Waits for a request to stop: Ctrl-C, SIGTERM, a closed terminal. The second one, when the stop takes too long for
 * somebody, calls `force`. `requested` resolves with the first signal's name.
 */
export const stopSignals = (
  force: () => void,
): { requested: Promise<string>; request(why: string): void } => {
  const { promise, resolve } = Promise.withResolvers<string>();
  let first: number | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    first ??= Date.now();
    resolve(name);
    if (Date.now() - first > sameSignalMs) force();
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  return { requested: promise, request: resolve };
};
