import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { RemoteCalls } from "../../../../scripts/local/sandbox/remote-calls.ts";

const asking = join(import.meta.dirname, "fixtures", "asking-child.mjs");
let child: ChildProcess | undefined;
afterEach(() => void child?.kill("SIGKILL"));

describe("calls between two processes whose other side ends", () => {
  test("an answer that finds nobody is dropped, and nothing fails for it", async () => {
    const asker = fork(asking);
    child = asker;
    const answered = Promise.withResolvers<void>();
    const calls = new RemoteCalls(asker, {
      ask: async () => {
        asker.kill("SIGKILL");
        await once(asker, "exit");
        // The answer is posted right after this returns, into a channel that has closed.
        setImmediate(answered.resolve);
        return "too late";
      },
    });
    const errors: unknown[] = [];
    asker.on("error", (error) => errors.push(error));
    await answered.promise;
    await expect(calls.call("anything", {})).rejects.toThrow(/closed|EPIPE/);
    expect(errors).toEqual([]);
  });

  test("calls under way are told", async () => {
    const asker = fork(asking, ["silent"]);
    child = asker;
    const calls = new RemoteCalls(asker, {});
    const under = calls.call("never", {});
    asker.once("exit", () => calls.gone("it has ended"));
    asker.kill("SIGKILL");
    await expect(under).rejects.toThrow("it has ended");
  });
});
