/** One Ctrl-C arrives up to three times: from the terminal, and passed on by npm and by the script that npm started. */
const sameSignalMs = 1_000;

export type StopSignals = {
  /** Resolves with what asked for the stop: `SIGINT`, `--down`. */
  requested: Promise<string>;
  /** Asks for the stop from within. */
  request(why: string): void;
};

/**
 * Waits for a request to stop: Ctrl-C, SIGTERM, a closed terminal. The second one, when the stop takes too long for
 * somebody, calls `force`.
 */
export const stopSignals = (force: () => void): StopSignals => {
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
