import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { CommandError } from "../../../../scripts/cli/errors.ts";
import { terminal } from "../../../../scripts/cli/progress.ts";
import { reset } from "../../../../scripts/local/sandbox/commands.ts";
import { giveOrder, listenForOrders } from "../../../../scripts/local/sandbox/control.ts";
import { prepareHome, sandboxHome } from "../../../../scripts/local/sandbox/home.ts";
import { endLeftovers, leaveFolder, lockHolder, takeFolder } from "../../../../scripts/local/sandbox/lock.ts";
import { Loopback } from "../../../../scripts/local/sandbox/loopback.ts";
import { startedAt, stillRuns } from "../../../../scripts/local/sandbox/process-identity.ts";
import { readState, StateFile } from "../../../../scripts/local/sandbox/state.ts";

const folder = mkdtempSync(join(tmpdir(), "bulwark-house-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const homeIn = (name: string) => sandboxHome(join(folder, name));

describe("the sandbox's folder", () => {
  it("belongs to one process at a time; one that a crash left is taken over", () => {
    const home = homeIn("locked");
    takeFolder(home);
    expect(lockHolder(home)?.pid).toBe(process.pid);
    expect(() => takeFolder(home)).toThrow(`A sandbox runs in ${home.dir} already (process ${process.pid})`);
    leaveFolder(home);
    // A number that is taken again by another process, which started at another time.
    writeFileSync(home.lockFile, `${process.pid} 12345\n`);
    takeFolder(home);
    expect(lockHolder(home)?.pid).toBe(process.pid);
    leaveFolder(home);
    expect(readdirSync(home.dir)).toEqual([]);
  });

  it("what a killed sandbox left is ended, and nobody else's process", async () => {
    const left = spawn("sleep", ["600"], { stdio: "ignore" });
    await once(left, "spawn");
    const pid = left.pid ?? 0;
    const ended = once(left, "exit");
    const other = { name: "other", pid: process.pid, started: "another time" };
    const gone = { name: "gone", pid: 2 ** 22 + 1, started: "1" };
    expect(await endLeftovers([{ name: "sleep", pid, started: startedAt(pid) }, other, gone])).toEqual([
      "sleep",
    ]);
    await ended;
    expect(stillRuns({ name: "sleep", pid, started: undefined })).toBe(false);
  });

  it("the state survives a restart; a damaged one says how to go on", () => {
    const home = homeIn("state");
    mkdirSync(home.dir);
    const state = new StateFile(home.stateFile, readState(home.stateFile, "reset it"));
    state.update((current) => ({ ...current, remembered: { ...current.remembered, mysqlPort: 1234 } }));
    expect(readState(home.stateFile, "reset it").remembered.mysqlPort).toBe(1234);
    writeFileSync(home.stateFile, '{"processes": [{"pid": "x"}]}');
    expect(() => readState(home.stateFile, "reset it")).toThrow(/damaged[\s\S]*reset it/);
  });

  it("the logs of the start before are kept", () => {
    const home = homeIn("logs");
    mkdirSync(home.dir);
    prepareHome(home);
    writeFileSync(join(home.logs, "api-1.log"), "first");
    prepareHome(home);
    expect(readdirSync(home.logs)).toEqual([]);
    expect(readdirSync(`${home.logs}.previous`)).toEqual(["api-1.log"]);
  });

  it("--reset deletes what is the sandbox's, and only that, and only when told so", async () => {
    const home = homeIn("reset");
    mkdirSync(home.dir);
    prepareHome(home);
    writeFileSync(join(home.dir, "mine.txt"), "not the sandbox's");
    const options = { stateDir: home.dir };
    const console = terminal(() => undefined);
    await expect(reset(options, false, console)).rejects.toThrow("add --yes");
    expect(existsSync(home.logs)).toBe(true);
    expect(await reset(options, true, console)).toBe(0);
    expect(readdirSync(home.dir)).toEqual(["mine.txt"]);
    takeFolder(home);
    await expect(reset(options, true, console)).rejects.toMatchObject({ exitCode: 4 });
    leaveFolder(home);
  });

  it("a folder with a very long name gets its socket elsewhere", () => {
    const long = sandboxHome(join(folder, "x".repeat(120)));
    expect(long.controlSocket.length).toBeLessThanOrEqual(103);
    expect(long.controlSocket).not.toContain("xxx");
  });
});

describe("orders from another terminal", () => {
  it("lines come back as they are said, then the end or the refusal", async () => {
    const path = join(folder, "control.sock");
    const server = await listenForOrders(path, async (order, say) => {
      say(`heard ${order.command}`);
      if (order.command === "restart-pod") throw new CommandError(`there is no pod "${order.pod}"`);
    });
    const lines: string[] = [];
    await giveOrder(path, { command: "status" }, (line) => lines.push(line));
    expect(lines).toEqual(["heard status"]);
    await expect(giveOrder(path, { command: "restart-pod", pod: "x" }, () => undefined)).rejects.toThrow(
      'no pod "x"',
    );
    server.close();
    await expect(giveOrder(path, { command: "status" }, () => undefined)).rejects.toMatchObject({
      exitCode: 3,
    });
  });
});

describe("S2 the sandbox's network", () => {
  it("two sandboxes have two ranges; pods are spread over the private subnets; addresses come back", async () => {
    const [one, two] = [await Loopback.reserve(), await Loopback.reserve()];
    expect(one.cidr).not.toBe(two.cidr);
    await expect(Loopback.reserve(one.range)).rejects.toThrow("in use by another sandbox");
    const at = (rest: string) => `127.${one.range}.${rest}`;
    expect(one.balancerAddress()).toBe("127.0.0.1");
    one.addSubnet(at("0.0/28"), { forPods: true, forBalancer: false });
    one.addSubnet(at("1.0/28"), { forPods: true, forBalancer: false });
    one.addSubnet(at("2.0/28"), { forPods: false, forBalancer: true });
    const taken = [one.takePodAddress(), one.takePodAddress(), one.takePodAddress()];
    expect(taken).toEqual([at("0.4"), at("1.4"), at("0.5")]);
    one.release(at("1.4"));
    expect(one.takePodAddress()).toBe(at("1.4"));
    expect(one.balancerAddress()).toBe(at("2.4"));
    for (let left = 22 - 3; left > 0; left -= 1) one.takePodAddress();
    expect(() => one.takePodAddress()).toThrow("no private subnet with a free address");
    const range = one.range;
    await Promise.all([one.close(), two.close()]);
    const again = await Loopback.reserve(range);
    await again.close();
  });
});
