import { type Help, Option, Command as Parser } from "commander";
import type { Command, Switch, ValueFlag } from "./declaration.ts";
import { exitCodes } from "./exit-codes.ts";

const helpWidth = 120;

/** Commander's parser of the command's line. It writes `--help` to `out`, and throws what it refuses. */
export const parserOf = (command: Command, out: (text: string) => void): Parser => {
  const parser: Parser = new Parser(command.name)
    .description(command.summary)
    .helpOption("-h, --help", "this text")
    // The command's own schema counts them.
    .allowExcessArguments()
    .exitOverride()
    .configureOutput({ writeOut: out, outputError: () => undefined })
    .configureHelp({ helpWidth, commandUsage: () => usageOf(command, parser.createHelp()) })
    .addHelpText("after", () => `\n${remarksOf(command, parser.createHelp())}`);
  for (const [name, flag] of Object.entries(command.flags)) parser.addOption(optionOf(name, flag));
  return parser;
};

const optionOf = (name: string, flag: ValueFlag | Switch): Option => {
  if (!("placeholder" in flag))
    return new Option(`${flag.short ? `-${flag.short}, ` : ""}--${name}`, flag.description);
  const { placeholder, multiple, variable } = flag;
  const description = multiple ? `${flag.description} (may be repeated)` : flag.description;
  const option = new Option(`--${name} <${placeholder}>`, description).default(flag.default, flag.default);
  if (variable !== undefined) option.env(variable);
  // A variadic option would take the arguments that follow it, too.
  return multiple ? option.argParser((text, before: string[] = []) => [...before, text]) : option;
};

/** What stands beside "Usage: ": the forms, each with what it does. */
const usageOf = ({ name, forms, flags }: Command, helper: Help): string => {
  const any = Object.keys(flags).length > 0;
  const rows = Object.entries(forms).map(([form, does]) => {
    const typed = form === "" ? (any ? " [-- flags]" : "") : ` -- ${form}${any ? " [flags]" : ""}`;
    return [`npm run ${name}${typed}`, does] as const;
  });
  const width = Math.max(...rows.map(([typed]) => typed.length));
  helper.helpWidth = helpWidth - "Usage".length;
  const lines = rows.map(([typed, does]) => helper.formatItem(typed, width, does, helper)).join("\n");
  return lines.trim().replaceAll("\n", `\n${" ".repeat("Usage".length)}`);
};

const remarksOf = ({ notes, exits, examples = [] }: Command, helper: Help): string => {
  const meanings: Command["exits"] = {
    done: "done",
    failure: "failure",
    refused: "wrong command line",
    stopped: "stopped by Ctrl-C",
    ...exits,
  };
  const codes = Object.entries(exitCodes).flatMap(([name, code]) => {
    const meaning = Object.entries(meanings).find(([one]) => one === name)?.[1];
    return meaning === undefined ? [] : [`${code} ${meaning}`];
  });
  return [
    ...(notes === undefined ? [] : [notes, ""]),
    `Exit codes: ${codes.join("; ")}.`,
    ...(examples.length > 0 ? ["", "Examples:"] : []),
    ...examples.map((line) => `  ${line}`),
  ]
    .map((line) => helper.boxWrap(line, helpWidth))
    .join("\n");
};
