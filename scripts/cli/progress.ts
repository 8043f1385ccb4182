import { stripVTControlCharacters } from "node:util";
import pc from "picocolors";

/** Says how far the work of a step is: `3 of 15`. */
export type At = (where: string) => void;

/** Where a command tells a person what it does. */
export interface Console {
  /** Does the work, and says what it was and how long it took. */
  step<T>(what: string, work: (at: At) => Promise<T>): Promise<T>;
  /** A figure or an id that a step found. */
  figure(what: string, value: string | number): void;
  /** Something that happened while running. */
  note(text: string): void;
  /** Something that went wrong while running, and what follows from it. */
  warn(text: string): void;
  /** Plain lines. */
  print(text: string): void;
}

interface ConsoleOptions {
  /** For steps that do not overlap: each is told when it begins, too, every 10 seconds, and after a minute every minute. */
  announce?: boolean;
  /** Columns of the terminal that `write` goes to: its last line then shows the step that is under way. Default: a log. */
  columns?: () => number | undefined;
}

/** A step that is under way. */
interface Step {
  what: string;
  where: string;
  began: number;
}

const clock = (): string => new Date().toTimeString().slice(0, 8);
const secondsOf = ({ began }: Step): number => (performance.now() - began) / 1000;
const clearLine = "\r\u001b[2K";

/**
 * A console that writes with `write`. Steps may overlap: each is one line when it has ended, so that they do not write into
 * each other.
 */
export const terminal = (write: (text: string) => void, options: ConsoleOptions = {}): Console => {
  const { announce = false, columns = () => undefined } = options;
  const line = new LiveLine(write, columns);
  const step = async <T>(what: string, work: (at: At) => Promise<T>): Promise<T> => {
    const one: Step = { what, where: "", began: performance.now() };
    const told = announce && columns() === undefined;
    if (told) write(`  · ${what} …\n`);
    const reminder = told ? setInterval(() => write(reminderOf(one)), reminderMs) : undefined;
    line.begin(one);
    const ended = (mark: string) =>
      line.end(one, `  ${mark} ${what} ${pc.dim(`${secondsOf(one).toFixed(1)} s`)}\n`);
    try {
      const result = await work((where) => {
        one.where = where;
      });
      ended(pc.green("✓"));
      return result;
    } catch (error) {
      ended(pc.red("✗"));
      throw error;
    } finally {
      clearInterval(reminder);
    }
  };
  return {
    step,
    figure: (what, value) => line.write(`    ${what.padEnd(13)} ${value}\n`),
    note: (text) => line.write(`${pc.dim(clock())} ${text}\n`),
    warn: (text) => line.write(`${pc.dim(clock())} ${pc.yellow(text)}\n`),
    print: (text) => line.write(`${text}\n`),
  };
};

const reminderMs = 10_000;

const reminderOf = (step: Step): string => {
  const seconds = secondsOf(step);
  const isDue = seconds < 65 || (seconds * 1_000) % 60_000 < reminderMs;
  return isDue ? `    still at it, ${seconds.toFixed(1)} s${step.where && `: ${step.where}`}\n` : "";
};

/** The last line of a terminal: what is under way, how far it is, and for how long. In a log it is nothing. */
class LiveLine {
  readonly #write: (text: string) => void;
  readonly #columns: () => number | undefined;
  readonly #steps: Step[] = [];
  #redraw: NodeJS.Timeout | undefined;

  constructor(write: (text: string) => void, columns: () => number | undefined) {
    this.#write = write;
    this.#columns = columns;
  }

  begin(step: Step): void {
    this.#steps.push(step);
    this.#draw();
    if (this.#columns() !== undefined) this.#redraw ??= setInterval(() => this.#draw(), 500);
  }

  end(step: Step, text: string): void {
    this.#steps.splice(this.#steps.indexOf(step), 1);
    if (this.#steps.length === 0) {
      clearInterval(this.#redraw);
      this.#redraw = undefined;
    }
    this.write(text);
  }

  /** Writes lines above it. */
  write(text: string): void {
    this.#write(this.#columns() === undefined ? text : `${clearLine}${text}`);
    this.#draw();
  }

  #draw(): void {
    const [columns, step] = [this.#columns(), this.#steps.at(-1)];
    if (columns === undefined || step === undefined) return;
    const { what, where } = step;
    const tail = ` … ${secondsOf(step).toFixed(0)} s`;
    const at = stripVTControlCharacters(where && `: ${where}`);
    const room = Math.max(0, columns - tail.length - 1);
    // How far it is counts for more than the end of its name.
    const text = `${`  · ${what}`.slice(0, Math.max(12, room - at.length))}${at}`.slice(0, room);
    this.#write(`${clearLine}${text}${pc.dim(tail)}`);
  }
}

/**
 * The console on one of this process's streams, with a line that lives where it is a terminal.
 * @param until aborted: from then on it says nothing, not even how a step ended
 */
export const consoleOn = (
  stream: NodeJS.WriteStream,
  { announce = true, until }: Pick<ConsoleOptions, "announce"> & { until?: AbortSignal } = {},
): Console =>
  terminal((text) => void (until?.aborted || stream.write(text)), {
    announce,
    // Some terminals do not say how wide they are.
    columns: () => (stream.isTTY ? stream.columns || 80 : undefined),
  });

/** The console of a command whose answer is JSON: it says nothing. */
export const silentConsole: Console = terminal(() => undefined);

/** For what takes long before a command can begin. On stderr, since stdout belongs to what was asked for, such as JSON. */
export const progress = consoleOn(process.stderr);

/** Whether to write in colours: on a terminal, unless NO_COLOR or FORCE_COLOR says otherwise (https://no-color.org). */
export const wantsColours = ({ NO_COLOR, FORCE_COLOR }: NodeJS.ProcessEnv = process.env): boolean =>
  FORCE_COLOR ? FORCE_COLOR !== "0" : process.stdout.isTTY === true && !NO_COLOR;

/** Colours for words of a text, or none. */
export type Paint = ReturnType<typeof pc.createColors>;
