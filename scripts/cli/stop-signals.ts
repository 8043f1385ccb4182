import { CommandError } from "./errors.ts";
import { exitCodes } from "./exit-codes.ts";

/** One Ctrl-C arrives up to three times: from the terminal, and passed on by npm and by the script that npm started. */
const sameSignalMs = 1_000;

/** A request to stop: Ctrl-C, SIGTERM, or a closed terminal. */
export interface Stop {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Resolves with the first signal's name. */
  readonly requested: Promise<string>;
  /** Asks for the stop from within. */
  request(why: string): void;
  /** Says what happens when a second signal comes: the stop takes too long for the person who waits. Default: the process ends. */
  onSecond(work: () => void): void;
}

/** Listens for requests to stop, from now on. */
export const stopSignals = (): Stop => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const stopped = new AbortController();
  let second: () => void = () => process.exit(exitCodes.stopped);
  let first: number | undefined;
  const request = (why: string): void => {
    stopped.abort(new CommandError("Stopped.", { exitCode: exitCodes.stopped }));
    resolve(why);
  };
  const onSignal = (name: NodeJS.Signals): void => {
    first ??= Date.now();
    request(name);
    if (Date.now() - first > sameSignalMs) second();
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  return {
    signal: stopped.signal,
    requested: promise,
    request,
    onSecond: (work) => {
      second = work;
    },
  };
};
