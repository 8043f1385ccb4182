import { readFileSync } from "node:fs";
import { runningSandbox } from "../../local/sandbox/running.ts";

/** How the API of the running sandbox is reached. */
export interface ApiEndpoint {
  /** Name of the environment. */
  stack: string;
  url: string;
  /** PEM text of the authority to trust. */
  ca: string;
}

/** @throws CommandError (exit code 3) when no sandbox runs in the folder */
export const sandboxEndpoint = (stateDir: string): ApiEndpoint => {
  const { running } = runningSandbox(stateDir);
  return { stack: running.stack, url: running.urls.https, ca: readFileSync(running.caFile, "utf8") };
};
