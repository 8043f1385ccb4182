import { readFileSync } from "node:fs";
import { scopes } from "../../../app/http/access.ts";
import { defaultOrganisation } from "../../../app/organisations/table.ts";
import { newId } from "../../../app/platform/ids.ts";
import { CommandError } from "../../cli/errors.ts";
import { operatorAccess, type RunningSandbox } from "../../local/sandbox/running.ts";
import type { SandboxAccess } from "../../local/sandbox/state.ts";
import { changeUser } from "./actions.ts";
import { type Directory, withDirectory } from "./directory.ts";

const email = "admin@sandbox.example";
const keyName = "sandbox";
/** Longer than a sandbox runs. */
const keyLifeMs = 30 * 86_400_000;

/** An admin and an API key for trying the sandbox. Both are new with each start, and those of the start before end. */
export const makeSandboxAccess = (
  running: Pick<RunningSandbox, "stack" | "caFile" | "region"> & {
    urls: Pick<RunningSandbox["urls"], "aws">;
  },
): Promise<SandboxAccess> => {
  const { stack: environment, caFile } = running;
  const authorities = [readFileSync(caFile, "utf8")];
  const access = { environment, where: "the sandbox", aws: operatorAccess(running), authorities };
  return withDirectory(access, undefined, async (directory) => {
    const { accounts } = directory;
    const before = await accounts.find(email);
    const request = { email, name: "Sandbox admin", role: "admin", password: true } as const;
    if (before?.status === "disabled") await changeUser(directory, "enable", request);
    const { user, password } = await changeUser(directory, before ? "reset" : "create", request);
    if (password === undefined) throw new CommandError("the admin has no password");
    return { email, password, apiKey: await makeKey(directory, user.id) };
  });
};

const makeKey = async ({ apiKeys }: Directory, userId: string): Promise<string> => {
  const origin = { organisationId: defaultOrganisation, actor: "operator", requestId: newId() };
  const former = await apiKeys.list(defaultOrganisation);
  for (const { id } of former.filter(({ name }) => name === keyName)) await apiKeys.revoke(origin, id);
  const expiresAt = new Date(Date.now() + keyLifeMs);
  return (await apiKeys.create(origin, userId, { name: keyName, scopes: [...scopes], expiresAt })).key;
};
