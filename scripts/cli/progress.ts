import pc from "picocolors";

/** Where a command tells a person what it does. */
export interface Console {
  /** Does the work, and says what it was and how long it took. */
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
  /** A figure or an id that a step found. */
  figure(what: string, value: string | number): void;
  /** Something that happened while running. */
  note(text: string): void;
  /** Something that went wrong while running, and what follows from it. */
  warn(text: string): void;
  /** Plain lines. */
  print(text: string): void;
}

const clock = (): string => new Date().toTimeString().slice(0, 8);

/**
 * A console that writes with `write`. Steps may overlap: each is one line when it has ended, so that they do not write into
 * each other. With `announce`, for steps that do not overlap, each is told when it begins, too, and every 10 seconds.
 */
export const terminal = (write: (text: string) => void, { announce = false } = {}): Console => ({
  step: async (what, work) => {
    const started = performance.now();
    const elapsed = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
    const ended = (mark: string) => write(`  ${mark} ${what} ${pc.dim(elapsed())}\n`);
    if (announce) write(`  · ${what} …\n`);
    const reminder = announce
      ? setInterval(() => write(`    still at it, ${elapsed()}\n`), 10_000)
      : undefined;
    try {
      const result = await work();
      ended(pc.green("✓"));
      return result;
    } catch (error) {
      ended(pc.red("✗"));
      throw error;
    } finally {
      clearInterval(reminder);
    }
  },
  figure: (what, value) => write(`    ${what.padEnd(13)} ${value}\n`),
  note: (text) => write(`${pc.dim(clock())} ${text}\n`),
  warn: (text) => write(`${pc.dim(clock())} ${pc.yellow(text)}\n`),
  print: (text) => write(`${text}\n`),
});

/** For what takes long before a command can begin. On stderr, since stdout belongs to what was asked for, such as JSON. */
export const progress = terminal((text) => process.stderr.write(text), { announce: true });

/** Whether to write in colours: on a terminal, unless NO_COLOR or FORCE_COLOR says otherwise (https://no-color.org). */
export const wantsColours = ({ NO_COLOR, FORCE_COLOR }: NodeJS.ProcessEnv = process.env): boolean =>
  FORCE_COLOR ? FORCE_COLOR !== "0" : process.stdout.isTTY === true && !NO_COLOR;

/** Colours for words of a text, or none. */
export type Paint = ReturnType<typeof pc.createColors>;
