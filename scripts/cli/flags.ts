import { CommanderError, type Option } from "commander";
import type { Command, Flags, Given, Values } from "./declaration.ts";
import { type CommandError, refusal } from "./errors.ts";
import { parserOf } from "./parser.ts";

/**
 * Reads a command line as the command declares it. undefined: help was asked for and written to `out`, and nothing else counts.
 * @throws CommandError (exit code 2) that names what is wrong
 */
export const readFlags = <F extends Flags, Arguments>(
  command: Command<F, Arguments>,
  argv: readonly string[],
  out: (text: string) => void,
): Given<F, Arguments> | undefined => {
  const parser = parserOf(command, out);
  // Commander alone would refuse a flag without its value before it comes to --help.
  const help = argv.find((word) => word === "--help" || word === "-h");
  try {
    parser.parse(help === undefined ? argv : [help], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return undefined;
    throw wrongUsage(command, error.message);
  }
  const flags: Record<string, unknown> = {};
  for (const option of parser.options) {
    const key = option.attributeName();
    const typed: unknown = parser.getOptionValue(key);
    // A variable that is set to nothing says nothing.
    const unset = typed === "" && parser.getOptionValueSource(key) === "env";
    flags[option.name()] = readValue(command, option, unset ? option.defaultValue : typed);
  }
  const given = command.arguments.safeParse(parser.args);
  if (!given.success) throw wrongUsage(command, given.error.issues[0]?.message ?? "");
  // The loop above gave every declared flag what its schema makes of it.
  const read = { flags: flags as Values<F>, arguments: given.data };
  const conflict = command.conflict?.(read);
  if (conflict !== undefined) throw wrongUsage(command, conflict);
  return read;
};

/** A command line that says something wrong. */
const wrongUsage = ({ name }: Pick<Command, "name">, what: string): CommandError =>
  refusal(`${what}${/[?)]$/.test(what) ? "" : "."}\nHelp: npm run ${name} -- --help`);

const readValue = (command: Command, option: Option, typed: unknown): unknown => {
  const name = option.name();
  const flag = command.flags[name];
  if (flag === undefined || !("placeholder" in flag)) return typed === true;
  const values = [typed ?? []].flat().map((text) => {
    // Commander takes the next flag for the value of one that lacks its own.
    const result = /^-./.test(String(text)) ? undefined : flag.value.safeParse(text);
    if (result?.success) return result.data;
    const takes = result?.error.issues[0]?.message ?? flag.placeholder;
    throw wrongUsage(command, `--${name} takes ${takes}, not "${String(text)}"`);
  });
  return flag.multiple ? values : values[0];
};
