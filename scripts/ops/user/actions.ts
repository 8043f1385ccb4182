import { randomBytes } from "node:crypto";
import type { Invitation, User } from "../../../app/accounts/schema.ts";
import type { Tier } from "../../../app/contract/limits.ts";
import type { Role } from "../../../app/http/access.ts";
import { defaultOrganisation } from "../../../app/organisations/table.ts";
import { newId } from "../../../app/platform/ids.ts";
import { CommandError } from "../../cli/errors.ts";
import type { Directory } from "./directory.ts";

/** What an operator may do with a user, and what that means. */
export const userActions = {
  create: "a new user of the default organisation, who is invited to choose a password",
  invite: "another invitation to choose a password; the present one counts until then",
  reset: "the password and all sessions end at once, with an invitation to choose another one",
  disable: "may not sign in any more; all sessions end",
  enable: "may sign in again",
  unlock: "failed sign-ins are forgotten",
  tier: "the user's organisation has this tier's limits",
} as const;
export type UserAction = keyof typeof userActions;

export interface UserRequest {
  email: string;
  /** For a new user. */
  name?: string | undefined;
  role?: Role | undefined;
  /** Which one, with tier. */
  tier?: Tier | undefined;
  /** Whether create and reset set a random password instead of inviting. */
  password: boolean;
}

/** What was done. Invitation and password are shown once: only what proves them is kept. */
export interface UserResult {
  user: User;
  invitation?: Invitation | undefined;
  password?: string | undefined;
  /** The organisation's tier before and now. */
  tier?: { before: Tier | undefined; now: Tier } | undefined;
}

/** Changes a user, with an entry in the audit trail. @throws Problem, CommandError where there is no such user */
export const changeUser = async (
  directory: Directory,
  action: UserAction,
  request: UserRequest,
): Promise<UserResult> => {
  const { accounts, organisations } = directory;
  if (action === "create") return create(directory, request);
  const { organisationId, ...user } = await found(directory, request.email);
  const origin = originIn(organisationId);
  const result: Omit<UserResult, "user"> = {};
  if (action === "invite") result.invitation = await accounts.invite(origin, user.id);
  else if (action === "unlock") await accounts.unlock(origin, user.id);
  else if (action === "reset") Object.assign(result, await reset(directory, organisationId, user, request));
  else if (action === "tier") {
    const { tier: now = "standard" } = request;
    result.tier = { before: await organisations.setTier(origin, now), now };
  } else await accounts.update(origin, user.id, user.version, { disabled: action === "disable" });
  return { ...result, user: await accounts.read(organisationId, user.id) };
};

/** A password that nobody has chosen. */
const randomPassword = (): string => randomBytes(18).toString("base64url");

const originIn = (organisationId: string) => ({ organisationId, actor: "operator", requestId: newId() });

const create = async (directory: Directory, request: UserRequest): Promise<UserResult> => {
  const { accounts } = directory;
  const { email, name = email, role = "member" } = request;
  const { user, invitation } = await accounts.create(originIn(defaultOrganisation), { email, name, role });
  if (!request.password) return { user, invitation };
  const given = await reset(directory, defaultOrganisation, user, request);
  return { ...given, user: await accounts.read(defaultOrganisation, user.id) };
};

const reset = async (
  { accounts, hasher }: Directory,
  organisationId: string,
  { id }: User,
  request: UserRequest,
): Promise<Pick<UserResult, "invitation" | "password">> => {
  const password = request.password ? randomPassword() : undefined;
  const stored = password === undefined ? undefined : await hasher.hash(password);
  return { password, invitation: await accounts.reset(originIn(organisationId), id, stored) };
};

const found = async ({ accounts }: Directory, email: string): Promise<User & { organisationId: string }> => {
  const user = await accounts.find(email);
  if (user !== undefined) return user;
  throw new CommandError(`There is no user ${email}. To make one: create ${email} --name NAME`);
};
