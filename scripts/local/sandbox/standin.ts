import { CommandError, messageOf } from "../../cli/errors.ts";
import type { Console } from "../../cli/progress.ts";
import { FunctionNotFound, type RotationEvent, type Standin, startStandin } from "../aws-standin/index.ts";
import type { RedisServer } from "../servers/index.ts";
import type { LambdaFunction } from "./lambda.ts";

/** What the stand-in uses of the sandbox that it belongs to. */
export interface StandinHost {
  /** By ARN. */
  readonly functions: ReadonlyMap<string, Pick<LambdaFunction, "name" | "invoke">>;
  /** ARNs of the functions whose policy lets Secrets Manager invoke them. */
  readonly rotationFunctions: ReadonlySet<string>;
  readonly redis?: { readonly current: Pick<RedisServer, "setUser"> };
  readonly stopping: AbortController;
}

export interface SandboxStandinOptions {
  /** TCP port on 127.0.0.1. */
  port: number;
  stateFile: string;
  region: string;
  accountId: string;
  console: Console;
  /** What a person types to delete what it holds. */
  resetCommand: string;
  /** The sandbox, as soon as there is one. */
  host(): StandinHost | undefined;
}

/**
 * Starts the AWS stand-in of a sandbox. It runs the sandbox's functions, changes users on the sandbox's Redis and tells the
 * person what becomes of rotations. @throws CommandError when it cannot start
 */
export const startSandboxStandin = async (options: SandboxStandinOptions): Promise<Standin> => {
  const { host, console, resetCommand, ...settings } = options;
  try {
    return await startStandin({
      ...settings,
      invokeFunction: async (functionName, payload) => {
        const known = [...(host()?.functions ?? [])];
        const called = known.find(([arn, { name }]) => arn === functionName || name === functionName);
        if (!called) throw new FunctionNotFound(functionName);
        return await called[1].invoke(payload);
      },
      mayInvoke: (functionArn) => host()?.rotationFunctions.has(functionArn) ?? false,
      modifyCacheUser: async ({ userName, passwords, accessString }) => {
        const redis = host()?.redis;
        if (!redis) throw new CommandError("Redis does not run yet");
        await redis.current.setUser({ name: userName, passwords, accessString });
      },
      onEvent: (event) => {
        const news = inWords(event);
        // The next start takes up what a stop breaks off: no news.
        if (news !== undefined && !host()?.stopping.signal.aborted) console.note(news);
      },
    });
  } catch (cause) {
    throw new CommandError(
      `The AWS stand-in did not start: ${messageOf(cause)}\n` +
        `  If its state is broken, delete the sandbox's data and start afresh: ${resetCommand}`,
      { cause },
    );
  }
};

/** Beginnings, and a schedule that has been tried out, are no news: what came of a rotation is, and every failure. */
const inWords = ({ name, secretArn, failure }: RotationEvent): string | undefined => {
  const secret = secretArn.replace(/^.*:secret:/, "").replace(/-[A-Za-z0-9]{6}$/, "");
  if (failure) return `${secret}: ${name}, in ${failure.step}: ${failure.error}`;
  return name === "RotationSucceeded" ? `${secret}: rotated` : undefined;
};
