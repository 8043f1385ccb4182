/** What the commands answer to the shell. */
export const exitCodes = {
  /** Something did not work. */
  failure: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** The command needs a running sandbox, and there is none. */
  notRunning: 3,
  /** A sandbox runs in this folder already. */
  alreadyRunning: 4,
  /** A second Ctrl-C: stopped without waiting. */
  forced: 130,
} as const;

/** An error for a person: what is wrong and what mends it, without a stack trace. */
export class SandboxError extends Error {
  override readonly name = "SandboxError";
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.failure, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The message of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The system's code of an error (`ENOENT`, `EADDRINUSE`), if it has one. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
