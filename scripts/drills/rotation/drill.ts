import { availableParallelism, cpus, loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { Agent, request } from "undici";
import { z } from "zod";
import { spreadSeconds } from "../../../app/contract/overlap.ts";
import type { SecretPurpose } from "../../../app/contract/secrets.ts";
import { messageOf } from "../../cli/errors.ts";
import { terminal } from "../../cli/progress.ts";
import { accessTo } from "../../ops/rotate/access.ts";
import type { RotateOptions } from "../../ops/rotate/options.ts";
import { rotateSecret } from "../../ops/rotate/rotation.ts";
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
  print(line: string): void;
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
  const { endpoint, rate, seconds, signal, print } = options;
  const samples: Sample[] = [];
  const over = new AbortController();
  const machine = { load: loadavg()[0] ?? 0, processors: availableParallelism() };
  const before = await publishedKeys(endpoint);
  const began = performance.now();
  const pause = (milliseconds: number) => delay(Math.max(0, milliseconds), undefined, { signal });
  const at = (share: number) => pause(began + share * seconds * 1_000 - performance.now());
  const loading = load({ ...endpoint, rate, signal: over.signal, observe: (sample) => samples.push(sample) });
  try {
    await at(shares.warm);
    const [warm, used] = [performance.now(), [processorTime()]];
    await at(shares.before);
    const from = performance.now();
    used.push(processorTime());
    const rotated = await rotateAll(options);
    print(`   every process takes the last ones up within ${spreadSeconds(options.refreshSeconds)} s …`);
    await pause(spreadSeconds(options.refreshSeconds) * 1_000);
    const rotation = { from, to: performance.now() };
    used.push(processorTime());
    await at(1);
    const keys = { before, after: await publishedKeys(endpoint) };
    used.push(processorTime());
    return { samples, warm, rotation, rotated, keys, machine, busy: busyShares(used) };
  } finally {
    over.abort();
    await loading;
  }
};

const rotateAll = async ({ rotate, signal, print }: DrillOptions): Promise<Rotated[]> => {
  const access = accessTo(rotate);
  const quiet = terminal(() => {});
  const rotated: Rotated[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    for (const purpose of rotate.purposes) {
      signal.throwIfAborted();
      const began = performance.now();
      const failure = await rotateSecret(purpose, rotate, access, quiet).then(() => undefined, messageOf);
      const seconds = (performance.now() - began) / 1_000;
      rotated.push({ purpose, seconds, failure });
      print(
        `   round ${round}  ${purpose.padEnd(12)} ${seconds.toFixed(1)} s${failure ? `  FAILED: ${failure}` : ""}`,
      );
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
