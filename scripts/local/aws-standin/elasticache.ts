import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { AwsError } from "./errors.ts";
import { operation } from "./operation.ts";
import type { CacheUserRecord, Context } from "./state.ts";

/** A user of the cache as it shall be on the servers. */
export interface CacheUserChange {
  userId: string;
  userName: string;
  accessString: string;
  passwords: readonly string[];
}

export interface CacheHooks {
  /** Makes the user so on the real server. Tried again until it succeeds, as the service itself would. */
  modifyCacheUser(user: CacheUserChange): Promise<void>;
}

const retryMs = 250;
const invalidCode = "InvalidParameterValue";
/** https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html: 16–128 characters, few symbols. */
const password = z
  .string()
  .regex(/^[A-Za-z0-9!&#$^<>-]{16,128}$/, "Passwords must be 16 to 128 letters, digits or !&#$^<>-");
const passwords = z.array(password).min(1).max(2, "A user can have two passwords at most");
const userId = z.string().min(1).max(40);
const authentication = {
  Passwords: passwords.optional(),
  NoPasswordRequired: z.enum(["true", "false"]).optional(),
  AuthenticationMode: z
    .object({ Type: z.enum(["password", "no-password-required", "iam"]), Passwords: passwords.optional() })
    .optional(),
};

/** ElastiCache users: `creating` or `modifying` until the real server has them so, then `active`. */
export const elastiCache = (context: Context, hooks: CacheHooks) => {
  const { state, save, region, accountId } = context;
  const applying = new Set<Promise<void>>();
  let stopped = false;

  const find = (id: string): CacheUserRecord => {
    const user = state.cacheUsers.find((one) => one.userId === id);
    if (!user) throw new AwsError("UserNotFound", `User ${id} not found.`, 404);
    return user;
  };

  const describe = (user: CacheUserRecord) => ({
    UserId: user.userId,
    UserName: user.userName,
    Status: user.status,
    Engine: user.engine,
    MinimumEngineVersion: "6.0",
    AccessString: user.accessString,
    UserGroupIds: [] as string[],
    Authentication: {
      Type: user.passwords.length > 0 ? "password" : "no-password",
      PasswordCount: user.passwords.length,
    },
    ARN: `arn:aws:elasticache:${region}:${accountId}:user:${user.userId}`,
  });

  /** Brings the change to the server in the background. */
  const apply = (user: CacheUserRecord, status: "creating" | "modifying"): void => {
    user.status = status;
    save();
    const { accessString, userName } = user;
    const change = { userId: user.userId, userName, accessString, passwords: [...user.passwords] };
    const work = (async () => {
      while (!(await succeeds(() => hooks.modifyCacheUser(change)))) {
        // The state does not say `active`, so the next start takes it up again.
        if (stopped) return;
        await delay(retryMs);
      }
      user.status = "active";
      save();
    })().finally(() => applying.delete(work));
    applying.add(work);
  };

  const CreateUser = operation(
    z.object({
      UserId: userId,
      UserName: z.string().min(1).max(120),
      Engine: z.string().regex(/^(redis|valkey)$/i),
      AccessString: z.string().min(1),
      ...authentication,
    }),
    (input) => {
      if (state.cacheUsers.some((user) => user.userId === input.UserId)) {
        throw new AwsError("UserAlreadyExists", `User ${input.UserId} already exists.`);
      }
      const user: CacheUserRecord = {
        userId: input.UserId,
        userName: input.UserName,
        engine: input.Engine.toLowerCase(),
        accessString: input.AccessString,
        passwords: givenPasswords(input) ?? [],
        status: "creating",
      };
      state.cacheUsers.push(user);
      apply(user, "creating");
      return describe(user);
    },
    invalidCode,
  );

  const ModifyUser = operation(
    z.object({
      UserId: userId,
      AccessString: z.string().min(1).optional(),
      AppendAccessString: z.string().min(1).optional(),
      Engine: z.string().optional(),
      ...authentication,
    }),
    (input) => {
      const user = find(input.UserId);
      if (user.status !== "active")
        throw new AwsError("InvalidUserState", `User ${user.userId} is not in active state.`);
      const { AccessString: replaced, AppendAccessString: appended } = input;
      if (replaced && appended) {
        throw new AwsError(
          "InvalidParameterCombination",
          "AccessString and AppendAccessString cannot be used together.",
        );
      }
      user.accessString = replaced ?? (appended ? `${user.accessString} ${appended}` : user.accessString);
      user.passwords = givenPasswords(input) ?? user.passwords;
      apply(user, "modifying");
      return describe(user);
    },
    invalidCode,
  );

  const DeleteUser = operation(
    z.object({ UserId: userId }),
    (input) => {
      const user = find(input.UserId);
      if (user.status !== "active")
        throw new AwsError("InvalidUserState", `User ${user.userId} is not in active state.`);
      state.cacheUsers = state.cacheUsers.filter((other) => other !== user);
      save();
      return { ...describe(user), Status: "deleting" };
    },
    invalidCode,
  );

  const DescribeUsers = operation(
    z.object({
      UserId: userId.optional(),
      Engine: z.string().optional(),
      MaxRecords: z.coerce.number().optional(),
      Marker: z.string().optional(),
    }),
    (input) => ({ Users: (input.UserId ? [find(input.UserId)] : state.cacheUsers).map(describe) }),
    invalidCode,
  );

  // A change that an earlier run did not finish is finished now.
  for (const user of state.cacheUsers) if (user.status !== "active") apply(user, user.status);

  const stop = async (): Promise<void> => {
    stopped = true;
    await Promise.all(applying);
  };
  return { operations: { CreateUser, ModifyUser, DeleteUser, DescribeUsers }, stop };
};
export type ElastiCache = ReturnType<typeof elastiCache>["operations"];

interface Authentication {
  Passwords?: string[] | undefined;
  NoPasswordRequired?: string | undefined;
  AuthenticationMode?: { Type: string; Passwords?: string[] | undefined } | undefined;
}

/** The passwords that a request sets; undefined when it leaves them alone. */
const givenPasswords = (input: Authentication): string[] | undefined => {
  if (input.NoPasswordRequired === "true" || input.AuthenticationMode?.Type === "no-password-required")
    return [];
  return input.Passwords ?? input.AuthenticationMode?.Passwords;
};

const succeeds = async (work: () => Promise<void>): Promise<boolean> => {
  try {
    await work();
    return true;
  } catch {
    return false;
  }
};
