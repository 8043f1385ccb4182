import * as pulumi from "@pulumi/pulumi";

/** A setting that is wrong, and what is right. */
export interface WrongSetting {
  /** As `pulumi config --path` takes it: `network.natGateways`, `aws:region`. */
  path: string;
  /** What is wrong and why that matters, to be read after the path and "is". */
  problem: string;
  /** The right value; undefined removes the setting. */
  value?: string | number | boolean | undefined;
}

/** One thing wrong with a stack's configuration, as a person reads it. */
export interface Problem {
  /** Where: `bulwark:network.natGateways`. */
  at: string;
  /** What is wrong and why that matters, to be read after the place and "is". */
  problem: string;
  /** The command that ends it. */
  fix: string;
  /** The setting that is wrong; undefined where it is none. */
  setting?: WrongSetting;
}

/**
 * A configuration that must not be deployed. A RunError, so that the Pulumi engine prints the message and no stack trace:
 * the reader made a typing error, not a bug.
 */
export class ConfigurationError extends pulumi.RunError {
  override readonly name = "ConfigurationError";
  readonly stackName: string;
  readonly problems: readonly Problem[];

  /** `changes`: what a command's `--config` put on top of the stack's file. */
  constructor(stack: string, problems: readonly Problem[], changes: readonly string[] = []) {
    const typed = changes.map((change) => ` --config ${quoted(change)}`).join("");
    super(describe(`"${stack}"${typed && ` with${typed}`}`, problems));
    this.stackName = stack;
    this.problems = problems;
  }
}

/** `pulumi config set` for one key of a section; the value is quoted for a POSIX shell where it needs to be. */
export const setCommand = (stack: string, path: string, value: string | number | boolean): string =>
  `pulumi config set --stack ${stack} --path ${quoted(path)} ${quoted(String(value))}`;

/** A wrong setting in a person's words. */
export function problemOf(stack: string, setting: WrongSetting): Problem {
  const { path, problem, value } = setting;
  const at = path.startsWith("aws:") ? path : `bulwark:${path}`;
  const removal = `pulumi config rm --stack ${stack} --path ${quoted(path)}`;
  return { at, problem, fix: value === undefined ? removal : setCommand(stack, path, value), setting };
}

export const quoted = (text: string): string =>
  /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** Problems as a numbered list, each with its fix below. */
export const listed = (problems: readonly Problem[]): string[] =>
  problems.flatMap(({ at, problem, fix }, index) => [
    `${String(index + 1).padStart(3)}. ${at} is ${problem}`,
    `     ${fix}`,
  ]);

function describe(what: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const heading = `The configuration of ${what} has ${count}; nothing was changed.`;
  return [heading, "", ...listed(problems)].join("\n");
}
