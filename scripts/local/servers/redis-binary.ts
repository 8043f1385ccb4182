import { existsSync } from "node:fs";
import { progress } from "../../cli/progress.ts";
import { run, tail, which } from "./run.ts";

/** A Redis (or Valkey) server program with TLS. */
export interface RedisBinary {
  server: string;
  version: string;
}

const candidates = ["redis-server", "valkey-server"];

/**
 * A Redis ≥ 7 or Valkey server program: the one on PATH, else Debian's package, installed when we are root.
 * Throws one error that lists the ways to get one.
 */
export const ensureRedis = async (): Promise<RedisBinary> => {
  const reasons: string[] = [];
  const found = await onPath(reasons);
  if (found) return found;
  const apt = existsSync("/etc/debian_version") ? which("apt-get") : undefined;
  if (apt && process.getuid?.() === 0) {
    const problem = await progress.step("installing Debian's redis-server (once)", () => install(apt));
    const installed = await onPath(reasons);
    if (installed) return installed;
    reasons.push(problem ?? "Debian's package redis-server is too old here");
  } else
    reasons.push(
      apt ? "not root, so Debian's package was not installed" : "no package manager that is known here",
    );
  throw new Error(unavailable(reasons));
};

const onPath = async (reasons: string[]): Promise<RedisBinary | undefined> => {
  for (const name of candidates) {
    const server = which(name);
    if (!server) continue;
    const { stdout, stderr } = await run(server, ["--version"], { timeoutMs: 10_000 });
    const version = /v=(\d+)(\.\d+)+/.exec(stdout);
    if (version && Number(version[1]) >= 7) return { server, version: version[0].slice(2) };
    reasons.push(`${server} is no server of version 7 or newer: ${(stdout || stderr).trim().slice(0, 120)}`);
  }
  return undefined;
};

/** RUNLEVEL=1 keeps the package from starting a service of its own, which would hold a port that nobody asked for. */
const install = async (apt: string): Promise<string | undefined> => {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const command = ["install", "-y", "--no-install-recommends", "redis-server"];
  let result = await run(apt, command, { env });
  if (result.code !== 0) {
    await run(apt, ["update"], { env });
    result = await run(apt, command, { env });
  }
  return result.code === 0 ? undefined : `apt-get could not install redis-server:\n${tail(result.stderr, 5)}`;
};

const unavailable = (reasons: readonly string[]): string =>
  [
    "No Redis server to be had on this machine.",
    ...reasons.map((reason) => `  - ${reason}`),
    "Ways to get one (any will do):",
    "  - Debian, Ubuntu: apt-get install redis-server (or valkey-server)",
    "  - macOS: brew install redis",
    "  - put a redis-server 7 or newer, or a valkey-server, on PATH",
  ].join("\n");
