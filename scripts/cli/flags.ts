import { parseArgs } from "node:util";
import { nearest } from "../../infra/config/nearest.ts";
import type { Command, Flags, Given, Switch, ValueFlag, Values } from "./declaration.ts";
import { type CommandError, messageOf, refusal } from "./errors.ts";

type Typed = string | boolean | (string | boolean)[] | undefined;

/**
 * Reads a command line as the command declares it. undefined: help was asked for, and nothing else counts.
 * @throws CommandError (exit code 2) that names what is wrong
 */
export const readFlags = <F extends Flags, Arguments>(
  command: Command<F, Arguments>,
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Given<F, Arguments> | undefined => {
  const names = typedNames(command, argv);
  if (names.includes("help")) return undefined;
  refuseUnknown(command, names);
  const { values, positionals } = parsed(command, argv);
  const flags: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(command.flags))
    flags[name] = readValue(command, name, flag, values[name], env);
  const given = command.arguments.safeParse(positionals);
  if (!given.success) throw wrongUsage(command, given.error.issues[0]?.message ?? "");
  // The loop above gave every declared flag what its schema makes of it.
  return { flags: flags as Values<F>, arguments: given.data };
};

/** A command line that says something wrong. */
export const wrongUsage = ({ name }: Pick<Command, "name">, what: string): CommandError =>
  refusal(`${what}${what.endsWith("?") ? "" : "."}\nHelp: npm run ${name} -- --help`);

const optionsOf = (flags: Flags) =>
  Object.fromEntries(
    [...Object.entries(flags), ["help", { description: "", short: "h" }] as const].map(([name, flag]) => [
      name,
      "placeholder" in flag
        ? { type: "string" as const, multiple: flag.multiple ?? false }
        : { type: "boolean" as const, ...(flag.short === undefined ? {} : { short: flag.short }) },
    ]),
  );

/** The names of all flags that were typed, known or not. */
const typedNames = ({ flags }: Command, argv: readonly string[]): string[] => {
  const { tokens } = parseArgs({ args: [...argv], options: optionsOf(flags), strict: false, tokens: true });
  return tokens.flatMap((token) => (token.kind === "option" ? [token.name] : []));
};

const refuseUnknown = (command: Command, names: readonly string[]): void => {
  const known = [...Object.keys(command.flags), "help"];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = nearest(unknown, known);
  const dashes = unknown.length === 1 ? "-" : "--";
  throw wrongUsage(
    command,
    `There is no ${dashes}${unknown}${near === undefined ? "" : `; did you mean --${near}?`}`,
  );
};

const parsed = (
  command: Command,
  argv: readonly string[],
): { values: Record<string, Typed>; positionals: string[] } => {
  try {
    return parseArgs({ args: [...argv], options: optionsOf(command.flags), allowPositionals: true });
  } catch (error) {
    throw wrongUsage(command, messageOf(error));
  }
};

const readValue = (
  command: Command,
  name: string,
  flag: ValueFlag | Switch,
  typed: Typed,
  env: NodeJS.ProcessEnv,
): unknown => {
  if (!("placeholder" in flag)) return typed === true;
  const read = (text: unknown): unknown => {
    const result = flag.value.safeParse(text);
    if (result.success) return result.data;
    throw wrongUsage(command, `--${name} takes ${result.error.issues[0]?.message}, not "${String(text)}"`);
  };
  if (flag.multiple) return (Array.isArray(typed) ? typed : []).map(read);
  // A variable that is set to nothing says nothing.
  const text = typed ?? ((flag.variable && env[flag.variable]) || flag.default);
  return text === undefined ? undefined : read(text);
};
