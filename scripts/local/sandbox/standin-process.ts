/**
 * The AWS stand-in as a process of its own, so that it can die without the rest of the sandbox, as a region's API can.
 * Its parent runs the functions and has the cache's servers; everything else happens here.
 */
import {
  type CacheUserChange,
  FunctionNotFound,
  type RotationEvent,
  startStandin,
} from "../aws-standin/index.ts";
import { RemoteCalls } from "./remote-calls.ts";
import type { StandinCall, StandinSettings } from "./standin.ts";

let stop: (() => Promise<void>) | undefined;
const allowed = new Set<string>();
const calls = new RemoteCalls(process, {
  start: (settings: StandinSettings) => start(settings),
  allow: (functionArn: string) => void allowed.add(functionArn),
  stop: async () => {
    await stop?.();
    // Only now: the answer to this call must still get through.
    setImmediate(() => process.disconnect());
  },
  operation: (call: StandinCall) => operation(call),
  putManagedSecret: (managed: { name: string; owningService: string; value: string }) =>
    running().putManagedSecret(managed),
  rotationFailure: (secretId: string) => running().rotationFailure(secretId) ?? null,
});
// The parent has gone: nobody is left to run functions for.
process.once("disconnect", () => process.exit(0));

let standin: Awaited<ReturnType<typeof startStandin>> | undefined;
const running = () => {
  if (!standin) throw new Error("the AWS stand-in has not started");
  return standin;
};

async function start(settings: StandinSettings): Promise<string> {
  for (const functionArn of settings.allowed) allowed.add(functionArn);
  standin = await startStandin({
    port: settings.port,
    stateFile: settings.stateFile,
    region: settings.region,
    accountId: settings.accountId,
    invokeFunction: async (functionName, payload) => {
      try {
        return await calls.call("invokeFunction", { functionName, payload });
      } catch (error) {
        if (error instanceof Error && error.name === "FunctionNotFound")
          throw new FunctionNotFound(functionName);
        throw error;
      }
    },
    modifyCacheUser: async (user: CacheUserChange) => void (await calls.call("modifyCacheUser", user)),
    mayInvoke: (functionArn) => allowed.has(functionArn),
    onEvent: (event: RotationEvent) => void calls.call("rotationEvent", event).catch(() => undefined),
  });
  stop = () => running().stop();
  return standin.url;
}

async function operation({ service, action, input }: StandinCall): Promise<unknown> {
  const operations: Record<string, ((input: never) => unknown) | undefined> = running()[service];
  const work = operations[action];
  if (!work) throw new Error(`${service} has no operation ${action}`);
  return await work(input as never);
}
