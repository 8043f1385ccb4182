import { randomUUID } from "node:crypto";
import { FunctionNotFound } from "./errors.ts";
import { FunctionNotReady } from "./idle-functions.ts";
import type { WireResponse } from "./protocols.ts";
import type { RotationHooks } from "./secrets-manager/rotation.ts";

const invokePath = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** The function that a Lambda Invoke names in its path; undefined when the path is another. */
export const invokedFunction = (path: string): string | undefined => {
  const name = invokePath.exec(path)?.[1];
  return name === undefined ? undefined : decodeURIComponent(name);
};

/**
 * Lambda's Invoke: RequestResponse waits for the answer, Event does not, DryRun only asks. A function's own failure is a
 * 200 with X-Amz-Function-Error, as Lambda does it.
 */
export const invoke = async (
  hooks: Pick<RotationHooks, "invokeFunction">,
  functionName: string,
  invocationType: string,
  body: string,
): Promise<WireResponse> => {
  if (invocationType === "DryRun") return answer(204, "");
  const payload: unknown = body === "" ? {} : JSON.parse(body);
  const work = hooks.invokeFunction(functionName, payload);
  if (invocationType === "Event") {
    // Nobody waits for it: what becomes of it is in the function's own log.
    work.catch(() => undefined);
    return answer(202, "");
  }
  try {
    return answer(200, JSON.stringify((await work) ?? null));
  } catch (error) {
    if (error instanceof FunctionNotFound) {
      const message = { Type: "User", Message: error.message };
      return answer(404, JSON.stringify(message), { "x-amzn-errortype": "ResourceNotFoundException" });
    }
    if (error instanceof FunctionNotReady) {
      const message = { Type: "Service", Message: error.message };
      return answer(502, JSON.stringify(message), { "x-amzn-errortype": error.name });
    }
    const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
    return answer(200, JSON.stringify({ errorType: name, errorMessage: message }), {
      "x-amz-function-error": "Unhandled",
    });
  }
};

const answer = (status: number, body: string, more: Record<string, string> = {}): WireResponse => ({
  status,
  headers: {
    "content-type": "application/json",
    "x-amzn-requestid": randomUUID(),
    "x-amz-executed-version": "$LATEST",
    ...more,
  },
  body,
});
