import { isAbsolute, resolve } from "node:path";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { CommandError, exitCodeOf, messageOf, wrongUsage } from "../../cli/errors.ts";
import { stateDirOf } from "../../local/sandbox/options.ts";
import { inWords } from "./explain.ts";
import { type Login, loginOf } from "./session.ts";
import type { Target, TargetOptions } from "./target.ts";

/** Flags that all database commands have. */
export const commonFlags = {
  "in-sandbox": { type: "boolean" },
  "state-dir": { type: "string" },
  via: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const satisfies ParseArgsConfig["options"];

/** Those of the commands that sign in as the migrator, or as whom --secret names. */
export const migratorFlags = {
  ...commonFlags,
  secret: { type: "string" },
} as const satisfies ParseArgsConfig["options"];

export const commonUsage = `  --via HOST:PORT      connect through a tunnel; the certificate is still checked against the database's own name
  --in-sandbox         the environment runs in the sandbox of this machine ("sandbox" always does)
  --state-dir DIR      the sandbox's folder (default .sandbox, or SANDBOX_STATE_DIR)
  --json               the result as JSON on stdout

For an environment in AWS the usual AWS credentials count (AWS_PROFILE, AWS_REGION, …).
Exit codes: 0 done, 1 failure, 2 wrong command line, 3 the sandbox does not run.`;

export const migratorUsage = `  --secret ID          sign in with the user in this secret instead of the migrator
${commonUsage}`;

/** Parses a command line. @throws CommandError (exit code 2) with the usage */
export const parseFlags = <Flags extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[],
  options: Flags,
  usage: string,
) => {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw wrongUsage(messageOf(error), usage);
  }
};

/** The environment that a command line names. */
export const targetOptions = (
  environment: string,
  flags: { "in-sandbox"?: boolean | undefined; "state-dir"?: string | undefined },
): TargetOptions => ({
  environment,
  local: environment === "sandbox" || flags["in-sandbox"] === true,
  stateDir: stateDirOf(flags["state-dir"], process.env),
});

/** The end of a tunnel. @throws CommandError (exit code 2) */
export const tunnelOf = (text: string | undefined, usage: string): Login["via"] => {
  if (text === undefined) return undefined;
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (!host || !port) throw wrongUsage(`--via takes HOST:PORT, not "${text}"`, usage);
  return { host, port: Number(port) };
};

/** Who the database is worked on as. */
export const migratorLogin = (
  target: Target,
  flags: { secret?: string | undefined; via?: string | undefined },
  usage: string,
): Promise<Login> =>
  loginOf(target, { purpose: "db-migrator", secret: flags.secret, via: tunnelOf(flags.via, usage) });

/** A path as it was typed: npm runs scripts in the repository's folder, wherever the command was given. */
export const typedPath = (path: string): string =>
  isAbsolute(path) ? path : resolve(process.env.INIT_CWD ?? process.cwd(), path);

/** Runs a command: Ctrl-C ends its work in order, an error is told in words, and the exit code says how it went. */
export const runCommand = (main: (signal: AbortSignal) => Promise<number>): void => {
  const stopped = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => stopped.abort(new CommandError("Stopped. Nothing was kept.")));
  }
  main(stopped.signal).then(
    (code) => process.exit(code),
    (error: unknown) => {
      // Whatever broke because of the stop is not the reason.
      const told = inWords(stopped.signal.aborted ? stopped.signal.reason : error);
      process.stderr.write(`${messageOf(told)}\n`);
      process.exit(exitCodeOf(told));
    },
  );
};
