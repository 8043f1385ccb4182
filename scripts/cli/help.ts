import type { Command, Switch, ValueFlag } from "./declaration.ts";
import { exitCodes } from "./exit-codes.ts";

const lineWidth = 120;
/** Flags longer than this have their description beside them all the same, a little to the right. */
const widestFlag = 24;

/** The text of `--help`, without a newline at its end. */
export const helpOf = (command: Command): string => {
  const { summary, flags, notes, examples } = command;
  const help: Switch = { description: "this text", short: "h" };
  const rows = Object.entries({ ...flags, help }).map(
    ([name, flag]) => [nameOf(name, flag), descriptionOf(flag)] as const,
  );
  return [
    wrapped(summary),
    formsOf(command),
    columns(rows, widestFlag),
    ...(notes === undefined ? [] : [wrapped(notes)]),
    wrapped(`Exit codes: ${exitsOf(command).join("; ")}.`),
    ...(examples === undefined ? [] : [`Examples:\n${examples.map((line) => `  ${line}`).join("\n")}`]),
  ].join("\n\n");
};

const formsOf = ({ name, forms, flags }: Command): string => {
  const any = Object.keys(flags).length > 0;
  return columns(
    Object.entries(forms).map(([form, does]) => {
      const typed = form === "" ? (any ? " [-- flags]" : "") : ` -- ${form}${any ? " [flags]" : ""}`;
      return [`npm run ${name}${typed}`, does] as const;
    }),
    lineWidth,
  );
};

const nameOf = (name: string, flag: ValueFlag | Switch): string =>
  "placeholder" in flag
    ? `--${name} ${flag.placeholder}`
    : `--${name}${flag.short ? `, -${flag.short}` : ""}`;

const descriptionOf = (flag: ValueFlag | Switch): string => {
  if (!("placeholder" in flag)) return flag.description;
  const besides = [
    ...(flag.default === undefined ? [] : [`default ${flag.default}`]),
    ...(flag.variable === undefined ? [] : [`or ${flag.variable}`]),
    ...(flag.multiple ? ["may be repeated"] : []),
  ];
  return besides.length > 0 ? `${flag.description} (${besides.join("; ")})` : flag.description;
};

const exitsOf = ({ exits }: Command): string[] => {
  const meanings: Command["exits"] = {
    done: "done",
    failure: "failure",
    refused: "wrong command line",
    stopped: "stopped by Ctrl-C",
    ...exits,
  };
  return Object.entries(exitCodes).flatMap(([name, code]) => {
    const meaning = Object.entries(meanings).find(([one]) => one === name)?.[1];
    return meaning === undefined ? [] : [`${code} ${meaning}`];
  });
};

/** Names, and beside each its description, whose lines stand under one another. */
const columns = (rows: readonly (readonly [name: string, description: string])[], widest: number): string => {
  const width = Math.min(widest, Math.max(0, ...rows.map(([name]) => name.length)));
  return rows
    .map(([name, description]) => {
      const beside = `  ${name.padEnd(width)}  `;
      const lines = wrapped(description, lineWidth - beside.length).split("\n");
      return `${beside}${lines.join(`\n${" ".repeat(width + 4)}`)}`.trimEnd();
    })
    .join("\n");
};

/** The text in lines of at most so many letters; the lines that it has already stay. */
const wrapped = (text: string, width = lineWidth): string =>
  text
    .split("\n")
    .map((paragraph) => {
      let length = 0;
      return paragraph
        .split(" ")
        .map((word, index) => {
          const fits = index === 0 || length + 1 + word.length <= width;
          length = fits && index > 0 ? length + 1 + word.length : word.length;
          return index === 0 ? word : `${fits ? " " : "\n"}${word}`;
        })
        .join("");
    })
    .join("\n");
