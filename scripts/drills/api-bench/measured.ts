import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import * as z from "zod";
import { CommandError } from "../../cli/errors.ts";
import { freePort } from "../../local/servers/index.ts";
import type { Credential } from "./credentials.ts";
import type { BenchServers } from "./servers.ts";

/** What is asked of a server: how a request looks, and the status it must be answered with. */
export interface Exchange {
  method: "GET" | "POST";
  path(): string;
  body?(): string;
  status: number;
  /** What it carries. Default: nothing. */
  credential?: Credential | undefined;
}

/** A server in a process of its own. */
export interface Measured {
  name: string;
  /** Asks so many times over so many connections; CPU time of the server's process for each request, µs, user and system. */
  cpuPerRequest(exchange: Exchange, requests: number): Promise<number>;
  ask(exchange: Exchange): Promise<unknown>;
  port: number;
  /** After a garbage collection, where memory counts and not time. */
  usage(when?: "now" | "after collection"): Promise<Usage>;
  /** As /metrics says. */
  webSockets(): Promise<number>;
  stop(): Promise<void>;
}

/** CPU time so far, user and system, µs; resident memory, and what of it objects and buffers take. */
export interface Usage {
  cpuUs: number;
  residentBytes: number;
  usedBytes: number;
}

/** Requests under way at any time: as many as there are database connections would hide who waits for one. */
const connections = 8;
const startDeadlineMs = 20_000;

/** As the load balancer sends them on. */
export const forwarded = {
  accept: "application/json",
  "content-type": "application/json",
  "user-agent": "bulwark-bench/1",
  "x-forwarded-for": "198.51.100.7",
  "x-forwarded-proto": "https",
  "x-forwarded-port": "443",
  "x-amzn-trace-id": "Root=1-67891233-abcdef012345678912345678",
};

const started = new Set<ChildProcess>();
// Ctrl-C, or an error, ends the bench: nothing it started may go on.
process.once("exit", () => {
  for (const child of started) child.kill("SIGKILL");
});

/** What a measured process does besides: it tells what it takes. /metrics would do so too, for a millisecond of the API's time. */
const tellUsage = `
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
process.on("message", (what) => {
  if (what === "after collection") {
    setFlagsFromString("--expose-gc");
    runInNewContext("gc")();
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send({ ...process.cpuUsage(), rss, used: heapUsed + external });
});`;
const told = z.object({ user: z.number(), system: z.number(), rss: z.number(), used: z.number() });

/** Starts a program that serves on PORT; its management port is free. */
export const startMeasured = async (
  name: string,
  program: string,
  servers: BenchServers,
): Promise<Measured> => {
  const [port, management] = [await freePort(), await freePort()];
  const output = join(servers.folder, `${name.replaceAll(/\W+/g, "-")}.log`);
  const child = spawn(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(tellUsage)}`, program],
    {
      env: { ...servers.environment, PORT: String(port), MANAGEMENT_PORT: String(management) },
      // Writing to a file costs the server as much as to a pipe, and needs no reader.
      stdio: ["ignore", openSync(output, "w"), "inherit", "ipc"],
    },
  );
  started.add(child);
  const origin = `http://127.0.0.1:${port}`;
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const usage: Measured["usage"] = async (when = "now") => {
    child.send(when);
    const [message] = await once(child, "message");
    const { user, system, rss, used } = told.parse(message);
    return { cpuUs: user + system, residentBytes: rss, usedBytes: used };
  };
  const headersOf = async ({ credential }: Exchange): Promise<Record<string, string>> =>
    credential === undefined
      ? forwarded
      : { ...forwarded, authorization: `Bearer ${await servers.credentials[credential]()}` };
  const exchangeOnce = async (exchange: Exchange, headers: Record<string, string>): Promise<string> => {
    const { method, status: expected } = exchange;
    const body = exchange.body?.();
    const { statusCode, body: answer } = await pool.request({ method, path: exchange.path(), headers, body });
    const text = await answer.text();
    if (statusCode === expected) return text;
    throw new CommandError(`${name} answered ${statusCode} instead of ${expected}: ${text.slice(0, 300)}`);
  };
  await untilItListens(port, name);
  return {
    name,
    port,
    usage,
    webSockets: async () => {
      const answer = await fetch(`http://127.0.0.1:${management}/metrics`);
      return Number(/^websocket_connections (\d+)$/m.exec(await answer.text())?.[1]);
    },
    ask: async (exchange) => JSON.parse(await exchangeOnce(exchange, await headersOf(exchange))),
    cpuPerRequest: async (exchange, requests) => {
      let left = requests;
      const headers = await headersOf(exchange);
      const { cpuUs: before } = await usage();
      const client = async () => {
        while (left-- > 0) await exchangeOnce(exchange, headers);
      };
      await Promise.all(Array.from({ length: connections }, client));
      return ((await usage()).cpuUs - before) / requests;
    },
    stop: async () => {
      await pool.destroy();
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
};

const untilItListens = async (port: number, name: string): Promise<void> => {
  const deadline = Date.now() + startDeadlineMs;
  while (Date.now() < deadline) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch {
      await delay(50);
    } finally {
      socket.destroy();
    }
  }
  throw new CommandError(`${name} did not start.`);
};
