import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../../../../scripts/local/servers/index.ts";
import { planning } from "../../../infra/support/plan.ts";
import { eventually } from "../../../support/index.ts";
import { type World, withWorld } from "./world.ts";

const typed = ["staging", "--yes-delete", "staging"];

/** The command in a process of its own, as a person starts it: one that hears signals. */
const start = (world: World) => {
  const child = spawn(process.execPath, ["--stack-trace-limit=0", "scripts/teardown.ts", ...typed], {
    cwd: repositoryRoot,
    env: world.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
  }
  const code = new Promise<number | null>((done) => child.on("close", done));
  return { child, code, text: () => text };
};

describe("S14 a teardown that is interrupted", () => {
  it("stops Pulumi in order with one signal, and goes on from there the next time", {
    timeout: 2 * planning,
  }, async () => {
    const world = await withWorld();
    await world.deploy();
    // The cluster is emptied; the interruption comes while the rest goes.
    world.play({}, { waits: true });
    const first = start(world);
    await eventually(() => expect(first.text()).toContain("destroying …"), planning);
    first.child.kill("SIGINT");
    expect(await first.code).toBe(130);
    expect(world.calls.filter((call) => "signal" in call)).toEqual([{ signal: "SIGINT" }]);
    expect(first.text()).toContain("update canceled");
    expect(first.text()).toContain("the same command goes on from there");

    const second = await world.run(typed);
    expect([second.code, second.error]).toEqual([0, ""]);
    expect(second.out).toContain("Nothing of the stack is left in the cluster.");
    expect(second.out).toContain('"staging" is gone: nothing with its tag is left.');
    const [, interrupted, finished] = world.destroyed;
    expect([interrupted, finished]).toEqual([[], []]);
  });
});
