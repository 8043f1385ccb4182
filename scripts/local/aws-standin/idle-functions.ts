import type { RotationHooks } from "./secrets-manager/rotation.ts";

/** Lambda is not ready to run a function: it is getting its network interfaces back. */
export class FunctionNotReady extends Error {
  override readonly name = "ResourceNotReadyException";
}

const dayMs = 86_400_000;
/** Lambda's documentation says "some time"; users report two weeks. */
const restMs = 14 * dayMs;
/** "About a minute." */
const wakingMs = 60_000;

/**
 * Functions of a VPC without a call for two weeks: the next call fails, and so do all within a minute of it.
 * https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
 */
export const withIdleFunctions = (
  invokeFunction: RotationHooks["invokeFunction"],
): RotationHooks["invokeFunction"] => {
  const called = new Map<string, number>();
  const readyAt = new Map<string, number>();
  return async (functionName, payload) => {
    const now = Date.now();
    const key = functionName.split(":").at(-1) ?? functionName;
    if (now - (called.get(key) ?? now) >= restMs) readyAt.set(key, now + wakingMs);
    called.set(key, now);
    if (now < (readyAt.get(key) ?? 0))
      throw new FunctionNotReady("The function is inactive: its network interfaces are being restored");
    return await invokeFunction(functionName, payload);
  };
};
