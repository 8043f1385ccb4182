import * as pulumi from "@pulumi/pulumi";
import type { Fault } from "./mends.ts";

/** One thing wrong with a stack's configuration. */
export interface Problem {
  /** Where: `bulwark:network.natGateways`. */
  at: string;
  /** What is wrong and why that matters, to be read after the place. */
  is: string;
  /** The command that mends it. */
  mend: string;
}

/**
 * A configuration that must not be deployed. A RunError, so that the Pulumi engine prints the message and no stack trace:
 * the reader made a typing error, not a bug.
 */
export class ConfigurationError extends pulumi.RunError {
  override readonly name = "ConfigurationError";
  readonly stackName: string;
  readonly problems: readonly Problem[];

  constructor(stack: string, problems: readonly Problem[]) {
    super(describe(stack, problems));
    this.stackName = stack;
    this.problems = problems;
  }
}

/** `pulumi config set` for one key of a section; the value is quoted for a POSIX shell where it needs to be. */
export const setCommand = (stack: string, path: string, value: string | number | boolean): string =>
  `pulumi config set --stack ${stack} --path ${quoted(path)} ${quoted(String(value))}`;

/** A fault as it is told to a person. */
export function problemOf(stack: string, { at, is, place, to }: Fault): Problem {
  const path = place.replace(/^bulwark:/, "");
  const removal = `pulumi config rm --stack ${stack} --path ${quoted(path)}`;
  return { at, is, mend: to === undefined ? removal : setCommand(stack, path, to) };
}

const quoted = (text: string): string =>
  /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

function describe(stack: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const lines = problems.flatMap((problem, index) => [
    `${String(index + 1).padStart(3)}. ${problem.at} is ${problem.is}`,
    `     ${problem.mend}`,
  ]);
  return [`The configuration of "${stack}" has ${count}; nothing was changed.`, "", ...lines].join("\n");
}
