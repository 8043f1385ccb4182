import { readFileSync } from "node:fs";
import { exitCodes, SandboxError } from "../sandbox/errors.ts";
import { sandboxHome } from "../sandbox/home.ts";
import { stillRuns } from "../sandbox/process-identity.ts";
import { readState } from "../sandbox/state.ts";

/** How the API of the running sandbox is reached. */
export type FrontDoor = {
  /** Name of the environment. */
  stack: string;
  url: string;
  /** PEM text of the authority to trust. */
  ca: string;
};

/** @throws SandboxError (exit code 3) when no sandbox runs in the folder */
export const frontDoor = (stateDir: string): FrontDoor => {
  const { running } = readState(sandboxHome(stateDir).stateFile, "npm run sandbox -- --reset");
  if (!running || !stillRuns(running.main)) {
    throw new SandboxError(`No sandbox runs in ${stateDir}. Start it: npm run sandbox`, exitCodes.notRunning);
  }
  return { stack: running.stack, url: running.urls.https, ca: readFileSync(running.caFile, "utf8") };
};
