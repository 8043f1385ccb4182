import { exitCodes } from "./exit-codes.ts";

/** An error for a person: what is wrong and what to do about it. It is told without a stack trace. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** What the command answers to the shell: one of `exitCodes`. */
  readonly exitCode: number;

  /** `exitCode`: a failure by default. */
  constructor(message: string, { exitCode = exitCodes.failure, ...options }: CommandErrorOptions = {}) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

interface CommandErrorOptions extends ErrorOptions {
  exitCode?: number;
}

/** An error for a command that is refused before anything is touched. */
export const refusal = (message: string): CommandError =>
  new CommandError(message, { exitCode: exitCodes.refused });

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The code that the system (`ENOENT`, `EADDRINUSE`) or MySQL gave an error, if any. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

/** The exit code for anything that was thrown. */
export const exitCodeOf = (error: unknown): number => {
  if (error instanceof CommandError) return error.exitCode;
  // What Pulumi tells without a stack trace, a refused configuration for one. Known by its mark: the SDK takes a second to load.
  return error instanceof Error && "__pulumiRunError" in error ? exitCodes.refused : exitCodes.failure;
};
