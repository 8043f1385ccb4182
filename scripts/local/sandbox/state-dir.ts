import { resolve } from "node:path";
import type { Flags } from "../../cli/declaration.ts";
import { text, typedPath } from "../../cli/values.ts";
import { repositoryRoot } from "../servers/index.ts";

/** The flag of every command that works with a sandbox. */
export const stateDirFlag = {
  "state-dir": {
    placeholder: "DIR",
    value: text,
    description: "the sandbox's folder; default .sandbox",
    variable: "SANDBOX_STATE_DIR",
  },
} satisfies Flags;

/** The folder that was given, from where the command was typed; `.sandbox` of this repository otherwise. */
export const stateDirOf = (given: string | undefined, env: NodeJS.ProcessEnv = process.env): string =>
  given === undefined ? resolve(repositoryRoot, ".sandbox") : typedPath(given, env);
