import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";
import type { Command, Flags, Given } from "./declaration.ts";
import { exitCodeOf, messageOf } from "./errors.ts";
import { exitCodes } from "./exit-codes.ts";
import { readFlags } from "./flags.ts";
import { type Stop, stopSignals } from "./stop-signals.ts";

/** Where a command writes. */
export interface Output {
  out(text: string): void;
  error(text: string): void;
}

/**
 * Runs a script's command as it was typed, and ends the process: `--help` prints the help and does nothing else, an error is
 * told without a stack trace, and Ctrl-C ends the work in order.
 */
export const runCommand = async <F extends Flags, Arguments>(
  command: Command<F, Arguments>,
  main: (given: Given<F, Arguments>, stop: Stop) => Promise<number> | number,
): Promise<never> => {
  // What a command imports from here on, the SDKs of Pulumi and AWS above all, loads in half the time; `npm ci` clears it.
  enableCompileCache(fileURLToPath(new URL("../../node_modules/.cache/compiled", import.meta.url)));
  const output: Output = {
    out: (text) => void process.stdout.write(text),
    error: (text) => void process.stderr.write(text),
  };
  // Nobody reads any more (a closed terminal, `| head`): that is no reason to break off in the middle.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  const stop = stopSignals();
  if (command.stopped === undefined) {
    void stop.requested.then(() => {
      output.error("\nStopped.\n");
      process.exit(exitCodes.stopped);
    });
  }
  const code = await perform(
    command,
    (given) => main(given, stop),
    process.argv.slice(2),
    output,
    stop.signal,
  );
  // process.exit() drops what a pipe has not taken yet.
  await new Promise((written) => process.stdout.write("", written));
  process.exit(code);
};

/** Runs a command as typed, and returns its exit code. Every error has been told by then. */
export const perform = async <F extends Flags, Arguments>(
  command: Command<F, Arguments>,
  main: (given: Given<F, Arguments>) => Promise<number> | number,
  argv: readonly string[],
  { out, error }: Output,
  stopped: AbortSignal,
): Promise<number> => {
  try {
    const given = readFlags(command, argv, out);
    return given === undefined ? exitCodes.done : await main(given);
  } catch (thrown) {
    if (stopped.aborted) {
      // What broke because of the stop is not the reason.
      error(`\n${["Stopped.", command.stopped].filter(Boolean).join(" ")}\n`);
      return exitCodes.stopped;
    }
    const told = command.explain?.(thrown) ?? thrown;
    error(`${messageOf(told)}\n`);
    return exitCodeOf(told);
  }
};
