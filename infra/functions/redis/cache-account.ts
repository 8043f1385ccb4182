import {
  DescribeUsersCommand,
  type ElastiCacheClient,
  ModifyUserCommand,
  type ModifyUserCommandInput,
} from "@aws-sdk/client-elasticache";
import { Failure } from "../shared/failure.ts";
import { waitFor } from "../shared/wait.ts";
import type { CacheLogin } from "./login.ts";

/** The ElastiCache user that the API logs in as, and the server it is a user of. */
export interface CacheAccount {
  /** Name of the user, as ElastiCache has it. */
  name(): Promise<string>;
  /** The user's rights, as ElastiCache has them: an access string. */
  access(): Promise<string>;
  /** Whether the server takes the password now. */
  accepts(username: string, password: string): Promise<boolean>;
  /**
   * Makes exactly these passwords (one or two) the user's, and `access` its rights where that is given. Returns when
   * ElastiCache has applied them and the server takes the first.
   */
  setPasswords(username: string, passwords: [string] | [string, string], access?: string): Promise<void>;
  /** Makes `access` the user's rights, and leaves the passwords. Returns when ElastiCache has applied it. */
  setAccess(access: string): Promise<void>;
  /** Waits for a change that is under way, such as one of an earlier run that broke off. */
  settled(): Promise<void>;
}

/**
 * ElastiCache accepts letters, digits and `!&#$^<>-`, and can later accept others: this asks it.
 * https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html#auth-overview
 */
const inWords = (error: unknown): unknown =>
  error instanceof Error && /^InvalidParameterValue/.test(error.name)
    ? new Failure("value-refused", "ElastiCache does not take the password")
    : error;

const intervalMs = 2_000;

/** What an access string says of channels: ElastiCache adds such words by itself, and no command that is allowed uses channels. */
const ofChannels = /^(&.*|(all|reset)channels)$/;
const rightsIn = (access: string): string =>
  access
    .split(/\s+/)
    .filter((word) => word !== "" && !ofChannels.test(word))
    .sort()
    .join(" ");

/** Whether two access strings of the kind that is used here (`on|off`, keys, `-@all`, commands) give the same rights. */
export const givesSameRights = (one: string, other: string): boolean => rightsIn(one) === rightsIn(other);

/** @param options.timeoutSeconds longest wait for a change to be applied. */
export const cacheAccount = (
  client: ElastiCacheClient,
  login: CacheLogin,
  options: { userId: string; timeoutSeconds: number; intervalMs?: number },
): CacheAccount => {
  const { userId } = options;
  const limits = { timeoutMs: options.timeoutSeconds * 1_000, intervalMs: options.intervalMs ?? intervalMs };
  const describe = async () => {
    const { Users } = await client.send(new DescribeUsersCommand({ UserId: userId }));
    const user = Users?.[0];
    if (user) return user;
    throw new Failure("cache-user-stuck", `ElastiCache has no user with the id ${userId}`);
  };
  const until = async (what: string, ready: () => Promise<boolean>): Promise<void> => {
    const done = await waitFor(async () => ((await ready()) ? true : undefined), limits);
    if (done) return;
    const { Status } = await describe();
    const message = `ElastiCache user ${userId} is ${Status} after ${options.timeoutSeconds} s: ${what}`;
    throw new Failure("cache-user-stuck", message);
  };
  const active = async () => (await describe()).Status === "active";
  const settled = () => until("it was to become active", active);
  const modify = async (change: Omit<ModifyUserCommandInput, "UserId">): Promise<void> => {
    await settled();
    await client
      .send(new ModifyUserCommand({ UserId: userId, ...change }))
      .catch((error: unknown) => Promise.reject(inWords(error)));
  };

  return {
    name: async () => (await describe()).UserName ?? "",
    accepts: async (username, password) => (await login(username, password)) === "accepted",
    settled,
    access: async () => (await describe()).AccessString ?? "",
    setPasswords: async (username, passwords, access) => {
      await modify({ Passwords: passwords, AccessString: access });
      // "active" alone proves nothing: right after the call ElastiCache can still show the previous status.
      await until("the server was to take the new password", async () => {
        return (await active()) && (await login(username, passwords[0])) === "accepted";
      });
    },
    setAccess: async (access) => {
      await modify({ AccessString: access });
      await until("its rights were to be others", async () => {
        const { Status, AccessString = "" } = await describe();
        return Status === "active" && givesSameRights(AccessString, access);
      });
    },
  };
};
