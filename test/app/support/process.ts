import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { buildImage } from "../../../app/build.ts";
import { recordOf } from "../../../app/contract/records.ts";
import { freePort } from "../../../scripts/local/servers/index.ts";
import { eventually } from "../../support/index.ts";
import { oncePerRun } from "../../support/once-per-run.ts";
import type { ApiFixture, Line } from "./fixture.ts";

/** The API, or another program of it, as a process of its own: for signals, exit codes and what it prints. */
export interface Running {
  process: ChildProcess;
  url: string;
  management: string;
  stdout(): string;
  stderr(): string;
  /** What it has logged so far. */
  lines(): Line[];
  /** Resolves with the exit code once it has ended. */
  ended: Promise<number | null>;
}

const started = new Set<ChildProcess>();

/**
 * The programs as they are in the image: bundled, which also lets them start in half the time. A file's processes end with the
 * file: in the middle of a test it is too late for a hook.
 */
export const withImage = async (): ReturnType<typeof buildImage> => {
  afterAll(() => {
    for (const child of started) child.kill("SIGKILL");
    started.clear();
  });
  const folder = await oncePerRun("image", (path) => buildImage(path));
  return recordOf(["server", "worker", "migrate", "healthcheck"], (name) => join(folder, `${name}.mjs`));
};

/** Starts a program of the API with exactly this environment. */
export const run = (
  program: string,
  environment: Record<string, string | undefined>,
  args: string[] = [],
): Running => {
  const child = spawn(process.execPath, [program, ...args], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  // "close" comes after everything that it printed has been read.
  const ended = once(child, "close").then(([code]) => code as number | null);
  started.add(child);
  return {
    process: child,
    url: `http://127.0.0.1:${environment.PORT}`,
    management: `http://127.0.0.1:${environment.MANAGEMENT_PORT}`,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    lines: () =>
      output.stdout
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line)),
    ended,
  };
};

/** The environment that a pod gets, and what stands for the network: the AWS endpoint and the authority to trust. */
export const podEnvironment = (
  fixture: ApiFixture,
  changes: Record<string, string> = {},
): Record<string, string | undefined> => ({
  ...fixture.env,
  ...fixture.aws.env,
  NODE_EXTRA_CA_CERTS: fixture.mysql.caFile,
  ...changes,
});

/** Starts the API and waits until its start-up has finished. */
export const runServer = async (
  program: string,
  fixture: ApiFixture,
  changes: Record<string, string> = {},
): Promise<Running> => {
  const [PORT, MANAGEMENT_PORT] = [String(await freePort()), String(await freePort())];
  const running = run(program, podEnvironment(fixture, { PORT, MANAGEMENT_PORT, ...changes }));
  await eventually(async () => {
    expect(running.process.exitCode, running.stderr()).toBeNull();
    expect((await fetch(`${running.url}/health/startup`)).status).toBe(200);
  }, 30_000);
  return running;
};
