import { CommandError } from "../../cli/errors.ts";
import type { Console } from "../../cli/progress.ts";
import type { RotationEvent } from "../aws-standin/index.ts";
import type { Sandbox } from "./sandbox.ts";
import type { StandinHooks } from "./standin.ts";

/** What the AWS stand-in cannot do by itself: run functions, change users on the real Redis, tell a person. */
export const standinHooks = (sandbox: () => Sandbox | undefined, console: Console): StandinHooks => ({
  invokeFunction: async ({ functionName, payload }) => {
    const known = sandbox()?.functions ?? new Map();
    const called = [...known].find(([arn, { name }]) => arn === functionName || name === functionName)?.[1];
    if (called) return await called.invoke(payload);
    throw Object.assign(new Error(`Function not found: ${functionName}`), { name: "FunctionNotFound" });
  },
  modifyCacheUser: async ({ userName, passwords, accessString }) => {
    const redis = sandbox()?.redis;
    if (!redis) throw new CommandError("Redis does not run yet");
    await redis.current.setUser({ name: userName, passwords, accessString });
  },
  rotationEvent: (event) => {
    // What a stop breaks off is taken up by the next start: no news.
    const said = sandbox()?.stopping.signal.aborted ? undefined : inWords(event);
    if (said !== undefined) console.note(said);
  },
});

/** Beginnings, and a schedule that has been tried out, are no news: what came of a rotation is, and every failure. */
const inWords = ({ name, secretArn, failure }: RotationEvent): string | undefined => {
  const secret = secretArn.replace(/^.*:secret:/, "").replace(/-[A-Za-z0-9]{6}$/, "");
  if (failure) return `${secret}: ${name}, in ${failure.step}: ${failure.error}`;
  return name === "RotationSucceeded" ? `${secret}: rotated` : undefined;
};
