import type * as z from "zod";
import type { exitCodes } from "./exit-codes.ts";

/** A flag that takes a value. */
export interface ValueFlag<Schema extends z.ZodType = z.ZodType> {
  description: string;
  /** What stands for the value in `--help`: FILE. */
  placeholder: string;
  /** Reads the typed text. Its error message follows "--name takes". */
  value: Schema;
  /** What counts without the flag, as it would be typed. */
  default?: string;
  /** The flag may be repeated, and its values are a list. */
  multiple?: true;
  /** Environment variable that stands in for the flag. */
  variable?: string;
}

/** A flag that is there or not. */
export interface Switch {
  description: string;
  /** One letter: `y` for -y. */
  short?: string;
}

export type Flags = Readonly<Record<string, ValueFlag | Switch>>;

/** What was typed for each flag, checked. */
export type Values<F extends Flags> = {
  readonly [Name in keyof F]: F[Name] extends ValueFlag<infer Schema>
    ? F[Name] extends { multiple: true }
      ? z.output<Schema>[]
      : F[Name] extends { default: string }
        ? z.output<Schema>
        : z.output<Schema> | undefined
    : boolean;
};

/** What a command is called, what it takes and what it answers: its command line is read, and its `--help` written, from this. */
export interface Command<F extends Flags = Flags, Arguments = unknown> {
  /** As npm knows it: `drill:pitr`. */
  name: string;
  /** What it does. */
  summary: string;
  /** What may follow `npm run name`, each with what it does; `""`: nothing but flags. */
  forms: Readonly<Record<string, string>>;
  /** Reads what is typed besides the flags, as a list. Its error message says what is missing or too much. */
  arguments: z.ZodType<Arguments>;
  flags: F;
  /** What is wrong with flags and arguments together that are right one by one; undefined: nothing. */
  conflict?(given: Given<F, Arguments>): string | undefined;
  /** What a person should know besides. */
  notes?: string;
  /** Command lines with a comment each. */
  examples?: readonly string[];
  /** What the exit codes mean, where it is more than what they mean everywhere. */
  exits: Readonly<Partial<Record<keyof typeof exitCodes, string>>>;
  /**
   * The message after Ctrl-C. A command that has it ends its work itself, in order, when it must stop. Any other ends
   * at once.
   */
  stopped?: string;
  /** Errors of the command's own services in words that say what to do; others are passed on. */
  explain?(error: unknown): unknown;
}

/** A command line that has been read. */
export interface Given<F extends Flags, Arguments> {
  flags: Values<F>;
  arguments: Arguments;
}

/** The same command, with its types kept. */
export const declare = <const F extends Flags, Arguments>(
  command: Command<F, Arguments>,
): Command<F, Arguments> => command;
