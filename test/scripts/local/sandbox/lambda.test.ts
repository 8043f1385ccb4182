import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { LambdaFunction, type LambdaOptions } from "../../../../scripts/local/sandbox/lambda.ts";
import { Processes } from "../../../../scripts/local/sandbox/processes.ts";
import { eventually } from "../../../support/index.ts";

const folder = mkdtempSync(join(tmpdir(), "bulwark-lambda-"));
const processes = new Processes(() => undefined);
const made: LambdaFunction[] = [];
afterAll(async () => {
  await Promise.all(made.map((lambda) => lambda.stop(0)));
  rmSync(folder, { recursive: true, force: true });
});

writeFileSync(
  join(folder, "index.mjs"),
  `let calls = 0;
   export const handler = async (event, context) => {
     calls += 1;
     if (event.fail) { const error = new Error("no " + event.fail); error.name = "Refusal"; throw error; }
     if (event.hang) await new Promise(() => setInterval(() => undefined, 1000));
     if (event.exit) process.exit(7);
     if (event.wait) await new Promise((resolve) => setTimeout(resolve, event.wait));
     return { calls, pid: process.pid, env: process.env, function: context.functionName,
              left: context.getRemainingTimeInMillis(), nothing: undefined, when: new Date(0) };
   };
   export const silent = async () => undefined;`,
);

const lambda = (options: Partial<LambdaOptions> = {}): LambdaFunction => {
  const name = options.name ?? `function-${made.length}`;
  const one = new LambdaFunction({
    name,
    code: folder,
    handler: "index.handler",
    environment: { AWS_LAMBDA_FUNCTION_NAME: name, GIVEN: "yes" },
    timeoutSeconds: 10,
    memoryMb: 128,
    logFile: join(folder, `${name}.log`),
    processes,
    ...options,
  });
  made.push(one);
  return one;
};

describe("S7 a Lambda function of the sandbox", () => {
  it("gets event and context, exactly its environment, and stays warm", async () => {
    const one = lambda();
    const first = await one.invoke({});
    expect(first).toMatchObject({ calls: 1, function: "function-0", when: "1970-01-01T00:00:00.000Z" });
    expect(Object(first).env).toEqual({ AWS_LAMBDA_FUNCTION_NAME: "function-0", GIVEN: "yes" });
    expect(Object(first).left).toBeGreaterThan(5_000);
    expect(await one.invoke({})).toMatchObject({ calls: 2, pid: Object(first).pid });
    expect(await lambda({ handler: "index.silent" }).invoke({})).toBeNull();
  });

  it("what the handler throws reaches the caller, by name, and the log", async () => {
    const one = lambda();
    await expect(one.invoke({ fail: "luck" })).rejects.toMatchObject({ name: "Refusal", message: "no luck" });
    await eventually(() => expect(readFileSync(one.logFile, "utf8")).toContain('"status":"failure"'));
    expect(await one.invoke({})).toMatchObject({ calls: 2 });
  });

  it("one that takes too long is ended, and the next invocation gets a new process", async () => {
    const one = lambda({ timeoutSeconds: 3 });
    await expect(one.invoke({ hang: true })).rejects.toThrow("Task timed out after 3.00 seconds");
    expect(await one.invoke({})).toMatchObject({ calls: 1 });
  });

  it("one that ends its process fails with its exit code", async () => {
    await expect(lambda().invoke({ exit: true })).rejects.toMatchObject({
      name: "Runtime.ExitError",
      message: "Runtime exited with error: exit code 7",
    });
  });

  it("code that cannot be loaded fails the invocation", async () => {
    await expect(lambda({ handler: "index.nothing" }).invoke({})).rejects.toThrow(
      "index.nothing is undefined or not exported",
    );
    await expect(lambda({ handler: "elsewhere.handler" }).invoke({})).rejects.toThrow(
      "Cannot find module 'elsewhere'",
    );
  });

  it("invocations wait for one another", async () => {
    const one = lambda();
    const began = Date.now();
    const answers = await Promise.all([one.invoke({ wait: 150 }), one.invoke({ wait: 150 })]);
    expect(answers.map((answer) => Object(answer).calls)).toEqual([1, 2]);
    expect(Date.now() - began).toBeGreaterThanOrEqual(300);
  });

  it("an idle process is let go; stopping lets the invocation under way end and takes no more", async () => {
    const idle = lambda({ idleMs: 50 });
    const before = await idle.invoke({});
    await eventually(() => expect(processes.list().map(({ name }) => name)).not.toContain(idle.name));
    expect(Object(await idle.invoke({})).pid).not.toBe(Object(before).pid);
    const busy = lambda();
    const underWay = busy.invoke({ wait: 300 });
    await busy.stop(5_000);
    expect(await underWay).toMatchObject({ calls: 1 });
    await expect(busy.invoke({})).rejects.toThrow("takes no more invocations");
  });
});
