import * as z from "zod";
import type { Flags } from "../../cli/declaration.ts";
import { text } from "../../cli/values.ts";
import { stateDirOf } from "../../local/sandbox/state-dir.ts";
import { environmentFlags } from "../environment-flags.ts";
import type { AccessOptions, EnvironmentAccess } from "./access.ts";
import { type Login, loginOf } from "./session.ts";

/** The end of a tunnel. */
const tunnel = z.string().transform((typed, context) => {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(typed) ?? [];
  if (host && port) return { host, port: Number(port) };
  context.addIssue("HOST:PORT");
  return z.NEVER;
});

/** Flags that all database commands have. */
export const databaseFlags = {
  via: {
    placeholder: "HOST:PORT",
    value: tunnel,
    description: "connect through a tunnel; the certificate is still checked against the database's own name",
  },
  ...environmentFlags,
  json: { description: "the result as JSON on stdout" },
} satisfies Flags;

/** Those of the commands that sign in as the migrator, or as whom --secret names. */
export const migratorFlags = {
  secret: {
    placeholder: "ID",
    value: text,
    description: "sign in with the user in this secret instead of the migrator",
  },
  ...databaseFlags,
} satisfies Flags;

/** The environment that a command line names. */
export const accessOptions = (
  environment: string,
  flags: { "in-sandbox": boolean; "state-dir": string | undefined },
): AccessOptions => ({
  environment,
  local: environment === "sandbox" || flags["in-sandbox"],
  stateDir: stateDirOf(flags["state-dir"]),
});

/** Who the database is worked on as. */
export const migratorLogin = (
  access: EnvironmentAccess,
  { secret, via }: { secret: string | undefined; via: Login["via"] },
): Promise<Login> => loginOf(access, { purpose: "db-migrator", secret, via });
