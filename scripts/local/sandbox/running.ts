import { CommandError } from "../../cli/errors.ts";
import { exitCodes } from "../../cli/exit-codes.ts";
import { type SandboxHome, sandboxHome } from "./home.ts";
import { stillRuns } from "./process-identity.ts";
import { readState, type SandboxState } from "./state.ts";

export type RunningSandbox = NonNullable<SandboxState["running"]>;

/** The sandbox that runs in a folder. @throws CommandError (exit code 3) when none does */
export const runningSandbox = (stateDir: string): { home: SandboxHome; running: RunningSandbox } => {
  const home = sandboxHome(stateDir);
  const { running } = readState(home.stateFile, "npm run sandbox -- --reset");
  if (running && stillRuns(running.main)) return { home, running };
  throw new CommandError(
    `The sandbox in ${home.dir} is not running. Start it in another terminal: npm run sandbox`,
    { exitCode: exitCodes.missing },
  );
};

/** The same, for a command that names an environment. @throws CommandError (exit code 2) when another one runs there */
export const runningEnvironment = (
  stateDir: string,
  environment: string,
): ReturnType<typeof runningSandbox> => {
  const found = runningSandbox(stateDir);
  if (found.running.stack === environment) return found;
  throw new CommandError(
    `The sandbox in ${found.home.dir} runs the environment "${found.running.stack}", not "${environment}".`,
    { exitCode: exitCodes.refused },
  );
};

/** What stands for an operator's role in AWS. */
export const operatorAccess = ({
  region,
  urls,
}: Pick<RunningSandbox, "region"> & { urls: Pick<RunningSandbox["urls"], "aws"> }) => ({
  region,
  endpoint: urls.aws,
  credentials: { accessKeyId: "operator", secretAccessKey: "sandbox" },
  maxAttempts: 2,
});
