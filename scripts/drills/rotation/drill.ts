import { availableParallelism, cpus, loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { Agent, request } from "undici";
import * as z from "zod";
import { spreadSeconds } from "../../../app/contract/overlap.ts";
import type { SecretPurpose } from "../../../app/contract/secrets.ts";
import { messageOf } from "../../cli/errors.ts";
import { type At, type Console, silentConsole } from "../../cli/progress.ts";
import { accessTo } from "../../ops/rotate/access.ts";
import type { RotateOptions } from "../../ops/rotate/options.ts";
import { rotateSecret } from "../../ops/rotate/rotation.ts";
import type { SessionFigures } from "../load/callers.ts";
import type { ApiEndpoint } from "../load/endpoint.ts";
import { load, type Sample } from "../load/generator.ts";
import type { Interval } from "./phases.ts";

export interface DrillOptions {
  endpoint: ApiEndpoint;
  rotate: RotateOptions;
  /** Requests a second. */
  rate: number;
  /** Shortest length of the load; it goes on until what was rotated last is in use. */
  seconds: number;
  /** How often the API reads its secrets, seconds. */
  refreshSeconds: number;
  /** Ends the drill early; a rotation that is under way is waited for. */
  signal: AbortSignal;
  console: Console;
}

/** One rotation of one secret. */
export interface Rotated {
  purpose: SecretPurpose;
  seconds: number;
  failure?: string;
}

export interface DrillResult {
  samples: Sample[];
  /** End of the warm-up, `performance.now()`. */
  warm: number;
  /** From the start of the first rotation until all that was rotated is in use. */
  rotation: Interval;
  rotated: Rotated[];
  /** Of the people who were signed in meanwhile. */
  sessions: SessionFigures;
  /** Ids of the token keys that the API publishes: before, and at the end. */
  keys: { before: readonly string[]; after: readonly string[] };
  /** What else the machine had to do when the drill began: processes that wanted to run, and processors for them. */
  machine: { load: number; processors: number };
  /** Share of the processors' time that all programs used. */
  busy: { before: number; during: number; after: number };
}

/** How often every secret is rotated. */
const rounds = 2;
/** Of the load's time: until the API is warm, and until the first rotation begins. */
const shares = { warm: 0.1, before: 0.35 };

/** Loads the API at a steady rate, and rotates every secret twice under it. */
export const drill = async (options: DrillOptions): Promise<DrillResult> => {
  const { endpoint, rate, seconds, signal, console } = options;
  const samples: Sample[] = [];
  const over = new AbortController();
  const machine = { load: loadavg()[0] ?? 0, processors: availableParallelism() };
  const before = await publishedKeys(endpoint);
  const began = performance.now();
  // A load that cannot begin ends the drill.
  const pause = (milliseconds: number) =>
    Promise.race([delay(Math.max(0, milliseconds), undefined, { signal }), loading]);
  const until = (share: number) => pause(began + share * seconds * 1_000 - performance.now());
  // How far the load is, told in whatever step it is in.
  let at: At = () => undefined;
  const progress: At = (where) => at(where);
  const underLoad = <T>(what: string, work: () => Promise<T>): Promise<T> =>
    console.step(what, (told) => {
      at = told;
      return work();
    });
  const observe = (sample: Sample) => void samples.push(sample);
  const loading = load({ ...endpoint, rate, signal: over.signal, progress, observe });
  try {
    const used: ProcessorTime[] = [];
    const warm = await underLoad("load before the rotations", async () => {
      await until(shares.warm);
      used.push(processorTime());
      const now = performance.now();
      await until(shares.before);
      return now;
    });
    const from = performance.now();
    used.push(processorTime());
    const rotated = await rotateAll(options, underLoad);
    const spread = spreadSeconds(options.refreshSeconds);
    await underLoad(`every process takes the last ones up within ${spread} s`, () => pause(spread * 1_000));
    const rotation = { from, to: performance.now() };
    used.push(processorTime());
    await underLoad("load after the rotations", () => until(1));
    const keys = { before, after: await publishedKeys(endpoint) };
    used.push(processorTime());
    over.abort();
    const { sessions } = await loading;
    return { samples, warm, rotation, rotated, sessions, keys, machine, busy: busyShares(used) };
  } finally {
    over.abort();
    await underLoad("the last requests, and the load's bookings cancelled", () => loading);
  }
};

type UnderLoad = <T>(what: string, work: () => Promise<T>) => Promise<T>;

const rotateAll = async (
  { rotate, signal, console }: DrillOptions,
  underLoad: UnderLoad,
): Promise<Rotated[]> => {
  const access = accessTo(rotate);
  const rotated: Rotated[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const purpose of rotate.purposes) {
      signal.throwIfAborted();
      const began = performance.now();
      const failure = await underLoad(`round ${round}  ${purpose}`, () =>
        rotateSecret(purpose, rotate, access, silentConsole).then(() => undefined, messageOf),
      );
      const seconds = (performance.now() - began) / 1_000;
      rotated.push({ purpose, seconds, failure });
      if (failure !== undefined) console.warn(`FAILED: ${failure}`);
    }
  }
  return rotated;
};

interface ProcessorTime {
  used: number;
  all: number;
}

/** Of all processors since the machine started, milliseconds. */
const processorTime = (): ProcessorTime => {
  const times = cpus().map(({ times: { user, nice, sys, irq, idle } }) => ({
    used: user + nice + sys + irq,
    idle,
  }));
  const used = times.reduce((sum, time) => sum + time.used, 0);
  return { used, all: times.reduce((sum, time) => sum + time.idle, used) };
};

const busyShares = ([warm, from, to, end]: ProcessorTime[]): DrillResult["busy"] => {
  const share = (start?: ProcessorTime, stop?: ProcessorTime) =>
    start && stop ? (stop.used - start.used) / (stop.all - start.all) : Number.NaN;
  return { before: share(warm, from), during: share(from, to), after: share(to, end) };
};

const keySet = z.object({ keys: z.array(z.object({ kid: z.string() })) });

const publishedKeys = async ({ url, ca }: ApiEndpoint): Promise<string[]> => {
  const dispatcher = new Agent({ connect: { ca } });
  const headers = { "user-agent": "bulwark-drill/1" };
  const { body } = await request(`${url}/.well-known/jwks.json`, { dispatcher, headers });
  const { keys } = keySet.parse(await body.json());
  await dispatcher.close();
  return keys.map(({ kid }) => kid);
};
