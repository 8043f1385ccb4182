import pc from "picocolors";

/** Where the sandbox tells a person what it does. */
export interface Console {
  /** Does the work, and says what it was and how long it took. */
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
  /** Something that happened while running. */
  note(text: string): void;
  /** Something that went wrong while running, and what follows from it. */
  warn(text: string): void;
  /** Plain lines. */
  print(text: string): void;
}

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;
const clock = (): string => new Date().toTimeString().slice(0, 8);

/** Steps overlap: each is one line when it has ended, so that they do not write into each other. */
export const terminal = (write: (text: string) => void): Console => ({
  step: async (what, work) => {
    const since = performance.now();
    try {
      const result = await work();
      write(`  ${pc.green("✓")} ${what} ${pc.dim(seconds(since))}\n`);
      return result;
    } catch (error) {
      write(`  ${pc.red("✗")} ${what} ${pc.dim(seconds(since))}\n`);
      throw error;
    }
  },
  note: (text) => write(`${pc.dim(clock())} ${text}\n`),
  warn: (text) => write(`${pc.dim(clock())} ${pc.yellow(text)}\n`),
  print: (text) => write(`${text}\n`),
});

/** Whether to write in colours: on a terminal, unless NO_COLOR or FORCE_COLOR says otherwise (https://no-color.org). */
export const wantsColours = ({ NO_COLOR, FORCE_COLOR }: NodeJS.ProcessEnv = process.env): boolean =>
  FORCE_COLOR ? FORCE_COLOR !== "0" : process.stdout.isTTY === true && !NO_COLOR;

/** Colours for words of a text, or none. */
export type Paint = ReturnType<typeof pc.createColors>;
