import { readFileSync } from "node:fs";
import { runningSandbox } from "../../local/sandbox/running.ts";
import type { Credentials } from "./credentials.ts";

/** How the API of the running sandbox is reached. */
export interface ApiEndpoint {
  /** Name of the environment. */
  stack: string;
  url: string;
  /** PEM text of the authority to trust. */
  ca: string;
  credentials: Credentials;
}

/** @throws CommandError (exit code 3) when no sandbox runs in the folder */
export const sandboxEndpoint = (stateDir: string): ApiEndpoint => {
  const { running } = runningSandbox(stateDir);
  const { stack, urls, caFile, access } = running;
  const { apiKey, ...user } = access;
  return { stack, url: urls.https, ca: readFileSync(caFile, "utf8"), credentials: { apiKey, user } };
};
