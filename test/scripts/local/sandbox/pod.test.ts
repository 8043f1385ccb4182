import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { eventually } from "../../../support/index.ts";
import { podMaker } from "./pods.ts";

const pods = podMaker();
const get = async (url: string) => (await fetch(url)).status;

describe("S9 A21 a replica of the sandbox is kept as the kubelet keeps a pod", () => {
  it("it is ready once its startup and readiness probes say so, and not when they no longer do", async () => {
    const pod = await pods.make("probed");
    expect(pod.ready).toBe(false);
    pod.start();
    await eventually(() => expect(pod.ready).toBe(true));
    await get(`${pod.url}/set?ready=503`);
    await eventually(() => expect(pod.ready).toBe(false));
    expect(pods.events).toContain("probed is not ready (status 503): no requests go to it");
    expect(pod.restarts).toBe(0);
    await get(`${pod.url}/set?ready=200`);
    await eventually(() => expect(pod.ready).toBe(true));
    await pod.terminate();
  });

  it("a process that ends is started again, at once and then after longer and longer pauses", async () => {
    const pod = await pods.make("crashing");
    pod.start();
    for (const restarts of [1, 2]) {
      await eventually(() => expect(pod.ready).toBe(true));
      await get(`${pod.url}/crash`).catch(() => undefined);
      await eventually(() => expect(pod.restarts).toBe(restarts));
      expect(pod.ready).toBe(false);
    }
    await eventually(() => expect(pod.ready).toBe(true));
    expect(pods.events.filter((event) => event.startsWith("crashing ended"))).toEqual([
      "crashing ended with exit code 3, restarting now",
      "crashing ended with exit code 3, restarting in 0.1 s",
    ]);
    await pod.terminate();
  });

  it("a process that is no longer alive is stopped and started again", async () => {
    const pod = await pods.make("deadlocked");
    pod.start();
    await eventually(() => expect(pod.ready).toBe(true));
    const first = pod.process?.pid;
    await get(`${pod.url}/set?live=500`);
    await eventually(() => expect(pod.restarts).toBe(1));
    await eventually(() => expect(pod.ready).toBe(true));
    expect(pod.process?.pid).not.toBe(first);
    expect(pods.events).toContain(
      "deadlocked is no longer alive (status 500): it is stopped and started again",
    );
    await pod.terminate();
  });

  it("one that never starts is restarted when its startup probe has failed often enough", async () => {
    const startupProbe = { httpGet: { path: "/live", port: 1 }, periodSeconds: 1, failureThreshold: 1 };
    const pod = await pods.make("hanging", { startupProbe });
    pod.start();
    await eventually(() => expect(pod.restarts).toBeGreaterThan(0));
    expect(pod.ready).toBe(false);
    expect(pods.events.join()).toMatch(/hanging did not start \(connect ECONNREFUSED/);
    await pod.terminate();
  });

  it("on leaving it is unready first, then sleeps its preStop, then finishes its requests", async () => {
    const pod = await pods.make(
      "leaving",
      { lifecycle: { preStop: { sleep: { seconds: 2 } } } },
      { grace: 30 },
    );
    pod.start();
    await eventually(() => expect(pod.ready).toBe(true));
    const slow = get(`${pod.url}/slow?ms=2500`);
    const began = Date.now();
    const left = pod.terminate();
    expect(pod.ready).toBe(false);
    expect(await get(`${pod.url}/during-pre-stop`)).toBe(200);
    expect(await slow).toBe(200);
    await left;
    expect(Date.now() - began).toBeGreaterThan(2_400);
    expect(pod.lastEnding).toEqual({ code: 0, signal: null });
    expect(pod.phase).toBe("gone");
  });

  it("one that ignores SIGTERM is killed at the end of its grace period", async () => {
    const env = [{ name: "STUBBORN", value: "1" }];
    const pod = await pods.make("stubborn", { env }, { grace: 1 });
    pod.start();
    await eventually(() => expect(pod.ready).toBe(true));
    await pod.terminate();
    expect(pod.lastEnding).toEqual({ code: null, signal: "SIGKILL" });
  });

  it("a hurried leave skips the preStop sleep, also one that has begun", async () => {
    const lifecycle = { preStop: { sleep: { seconds: 60 } } };
    const pod = await pods.make("hurried", { lifecycle }, { grace: 90 });
    pod.start();
    await eventually(() => expect(pod.ready).toBe(true));
    const left = pod.terminate();
    await pod.terminate(true);
    await left;
    expect(pod.lastEnding).toEqual({ code: 0, signal: null });
    expect(readFileSync(`${pods.folder}/hurried.log`, "utf8")).toContain("terminating");
  });

  it("a process gets exactly the environment it was given", async () => {
    const pod = await pods.make("bare", { env: [{ name: "ONLY", value: "this" }] });
    pod.start();
    await eventually(() => expect(pod.ready).toBe(true));
    const env: unknown = await (await fetch(`${pod.url}/env`)).json();
    expect(Object.keys(Object(env)).sort()).toEqual(["HOST", "ONLY", "POD_NAME", "PORT"]);
    await pod.terminate();
    expect(pods.processes.list()).toEqual([]);
  });
});
