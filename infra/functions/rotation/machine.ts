import { isDeepStrictEqual } from "node:util";
import { ResourceExistsException } from "@aws-sdk/client-secrets-manager";
import * as z from "zod";
import { Failure, type FailureReason } from "../shared/failure.ts";
import type { SecretStore, Version } from "../shared/secret-store.ts";
import type { Strategy } from "./strategy.ts";

/**
 * The protocol of Secrets Manager's rotation, once for every kind of secret:
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 *
 * Each step reads the state before it acts, so that a repeated step, a resumed rotation, or steps in the wrong order are either
 * harmless or refused. The results of earlier steps enforce the order: setSecret needs a value, and finishSecret needs one
 * that works.
 */
export interface Steps {
  rotation: Readonly<Record<string, (token: string) => Promise<string>>>;
  /** Proves that the current value works where it is used; changes nothing. */
  check: () => Promise<void>;
}

/** Failures that no repetition fixes: the pending value itself is unusable. */
const hopeless: ReadonlySet<FailureReason> = new Set([
  "malformed-value",
  "mismatched-value",
  "stale-pending",
  "value-refused",
  "key-broken",
]);

/** The four steps for one secret; each returns what it did, in words. */
export const stepsFor = <Value>(secret: string, strategy: Strategy<Value>, store: SecretStore): Steps => {
  const current = async (): Promise<Version<Value>> => {
    const version = await store.read(secret, strategy.schema, { stage: "AWSCURRENT" });
    if (version) return version;
    throw new Failure(
      "no-current-value",
      "it has no current value to rotate; run the bootstrap function first",
    );
  };
  /**
   * Works on the pending version. It drops one that can never finish, because that would block every later rotation of the
   * secret.
   */
  const finishable = async <Result>(token: string, work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Failure && hopeless.has(error.reason))) throw error;
      await store.dropPending(secret, token);
      error.message += "; the pending version has been dropped, the next rotation starts anew";
      throw error;
    }
  };
  /** The pending value, checked against the current one; undefined before createSecret has made one. */
  const readPending = (token: string, before: Value): Promise<Value | undefined> =>
    finishable(token, async () => {
      const version = await store.read(secret, strategy.schema, { stage: "AWSPENDING", token });
      if (version) checkPending(version.value, before);
      return version?.value;
    });
  const checkPending = (value: Value, before: Value): void => {
    if (isDeepStrictEqual(value, before)) {
      throw new Failure("mismatched-value", "the pending value is the current one: nothing would change");
    }
    strategy.check(value, before);
  };
  const pending = async (token: string, before: Value): Promise<Value> => {
    const value = await readPending(token, before);
    if (value !== undefined) return value;
    throw new Failure("out-of-order", "createSecret has made no pending value yet");
  };
  /**
   * When a schedule is set without rotating at once, Secrets Manager tries the function out: it calls testSecret alone, on a
   * pending version that holds the current value.
   */
  const isTrial = (token: string, before: Value): Promise<boolean> =>
    finishable(token, async () => {
      const version = await store.read(secret, z.unknown(), { stage: "AWSPENDING", token });
      return isDeepStrictEqual(version?.value, before);
    });

  const createSecret = async (token: string): Promise<string> => {
    const { value: before } = await current();
    if ((await readPending(token, before)) !== undefined) return "the pending value was there already";
    try {
      await store.write(secret, await strategy.next(before), { stage: "AWSPENDING", token });
    } catch (error) {
      // Another createSecret with this token was faster; its value is as good as ours.
      if (!(error instanceof ResourceExistsException)) throw error;
      await pending(token, before);
    }
    return "made the pending value";
  };

  const setSecret = async (token: string): Promise<string> => {
    const { value: before } = await current();
    const value = await pending(token, before);
    await finishable(token, () => strategy.set(value, before));
    return "the service accepts the pending value beside the current one";
  };

  const testSecret = async (token: string): Promise<string> => {
    const { value: before } = await current();
    if (await isTrial(token, before)) {
      await strategy.test(before, before);
      return "tried out: the current value works";
    }
    const value = await pending(token, before);
    await finishable(token, () => strategy.test(value, before));
    return "the pending value works";
  };

  const finishSecret = async (token: string): Promise<string> => {
    const { id: from, value: before } = await current();
    const value = await pending(token, before);
    // A last check, so that the current secret works despite any change since testSecret.
    await finishable(token, () => strategy.test(value, before));
    try {
      await store.makeCurrent(secret, { from, to: token });
    } catch (error) {
      // An answer can be lost after the label has moved; then the retry is refused although all is well.
      const { stages } = await store.describe(secret);
      if (!stages.get(token)?.includes("AWSCURRENT")) throw error;
    }
    return "the pending version is the current one";
  };

  const check = async (): Promise<void> => {
    const { value } = await current();
    await strategy.test(value, value);
  };

  return { rotation: { createSecret, setSecret, testSecret, finishSecret }, check };
};
