import { exitCodes, SandboxError } from "../../cli/sandbox-errors.ts";
import { type SandboxHome, sandboxHome } from "./home.ts";
import { stillRuns } from "./process-identity.ts";
import { readState, type SandboxState } from "./state.ts";

export type RunningSandbox = NonNullable<SandboxState["running"]>;

/** The sandbox that runs in a folder. @throws SandboxError (exit code 3) when none does */
export const runningSandbox = (stateDir: string): { home: SandboxHome; running: RunningSandbox } => {
  const home = sandboxHome(stateDir);
  const { running } = readState(home.stateFile, "npm run sandbox -- --reset");
  if (running && stillRuns(running.main)) return { home, running };
  throw new SandboxError(
    `The sandbox in ${home.dir} is not running. Start it in another terminal: npm run sandbox`,
    exitCodes.notRunning,
  );
};

/** The same, for a command that names an environment. @throws SandboxError (exit code 2) when another one runs there */
export const runningEnvironment = (
  stateDir: string,
  environment: string,
): ReturnType<typeof runningSandbox> => {
  const found = runningSandbox(stateDir);
  if (found.running.stack === environment) return found;
  throw new SandboxError(
    `The sandbox in ${found.home.dir} runs the environment "${found.running.stack}", not "${environment}".`,
    exitCodes.usage,
  );
};

/** What stands for an operator's role in AWS. */
export const operatorAccess = ({ region, urls }: RunningSandbox) => ({
  region,
  endpoint: urls.aws,
  credentials: { accessKeyId: "operator", secretAccessKey: "sandbox" },
  maxAttempts: 2,
});
