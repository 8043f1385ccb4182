import * as pulumi from "@pulumi/pulumi";

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
export function setCommand(stack: string, path: string, value: string | number | boolean): string {
  return `pulumi config set --stack ${stack} --path ${quoted(path)} ${quoted(String(value))}`;
}

/** The command that takes a key out of the configuration. */
export function removeCommand(stack: string, path: string): string {
  return `pulumi config rm --stack ${stack} --path ${quoted(path)}`;
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
