import { setTimeout as delay } from "node:timers/promises";
import { Agent, type Dispatcher } from "undici";
import { CommandError, codeOf } from "../../cli/errors.ts";
import { cancelBookings } from "./bookings.ts";
import type { Call, Exchange } from "./call.ts";
import { Callers, withKey } from "./callers.ts";
import type { Credentials } from "./credentials.ts";
import { Recorder } from "./figures.ts";
import { Mix } from "./mix.ts";
import { type LoadResult, progressLine } from "./report.ts";

export interface LoadOptions {
  /** `https://localhost:8443`. */
  url: string;
  /** PEM text of the authority to trust. */
  ca: string;
  credentials: Credentials;
  /** Requests a second. */
  rate: number;
  /** Ends the load. Requests that are under way are waited for, and the bookings that were made are cancelled. */
  signal: AbortSignal;
  /** Whether to speak HTTP/2 where the server does. */
  http2?: boolean;
  /** A request that takes longer has failed, wherever it waits: so long does the load go on after its end. Default 15 s. */
  patienceMs?: number | undefined;
  /** Told about once a second how far it is. */
  progress?(where: string): void;
  /** Called when a request has ended. */
  observe?(sample: Sample): void;
}

/** One request. Times in milliseconds of `performance.now()`. */
export interface Sample {
  /** When it was to be sent, when it was sent, and when its answer was there (or it had failed). */
  due: number;
  sent: number;
  ended: number;
  /** What came instead of the right answer. */
  failure?: string;
}

/** Longest time for cancelling the bookings. */
const cancelMs = 60_000;
const tickMs = 5;

/**
 * Sends requests at a fixed rate until told to end: each at its time, whether earlier ones have been answered or not, so that
 * a server that stalls shows in the times. Times count from when a request was due. Never repeats a request.
 */
export const load = async (options: LoadOptions): Promise<LoadResult> => {
  const {
    url,
    ca,
    credentials,
    rate,
    signal,
    http2 = false,
    patienceMs = 15_000,
    progress,
    observe,
  } = options;
  const agent = new Agent({
    connections: http2 ? 4 : 128,
    allowH2: http2,
    pipelining: http2 ? 100 : 1,
    connect: { ca },
  });
  const api: Api = { agent, url, patienceMs };
  const ask = (call: Call) => exchange(api, call);
  const [recorder, mix, callers] = [new Recorder(), new Mix(), new Callers(ask, credentials)];
  const booking = async (): Promise<Exchange> => {
    const call = mix.next();
    const exchange = await callers.send(call);
    if (exchange.failure === undefined) mix.learn(call, exchange.answer);
    return exchange;
  };
  const one = async (due: number): Promise<void> => {
    const sent = performance.now();
    recorder.sent();
    const { status, failure } = await (callers.due() ?? booking)();
    const ended = performance.now();
    recorder.ended(status, ended - due, failure);
    observe?.({ due, sent, ended, failure });
  };
  const refused = await callers.open();
  if (refused !== undefined) throw new CommandError(`The load cannot begin: ${refused}`);
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const underWay = new Set<Promise<void>>();
  let sent = 0;
  let reported = 0;
  while (!signal.aborted) {
    for (const due = Math.floor(seconds() * rate); sent < due; sent += 1) {
      const request = one(began + (sent / rate) * 1000).finally(() => underWay.delete(request));
      underWay.add(request);
    }
    if (progress && seconds() - reported >= 1) {
      reported = seconds();
      progress(progressLine(recorder.figures(rate, reported)));
    }
    await delay(tickMs);
  }
  const ended = seconds();
  progress?.(`waiting for ${underWay.size} answers`);
  await Promise.all(underWay);
  const figures = recorder.figures(rate, ended, seconds());
  const bookings = await cancelBookings(mix.made, {
    ask: async (call) => (await ask(withKey(call, credentials.apiKey))).answer,
    signal: AbortSignal.timeout(cancelMs),
    progress: (done) => progress?.(`${done} of ${mix.made.length} bookings cancelled again`),
  });
  await callers.close();
  await agent.close();
  return { ...figures, bookings, sessions: callers.figures };
};

interface Api {
  agent: Dispatcher;
  url: string;
  patienceMs: number;
}

/** Sends a request. */
const exchange = async (api: Api, call: Call): Promise<Exchange> => {
  try {
    const { status, text, cookies } = await send(api, call);
    if (!call.expected.includes(status)) return { status, failure: `${call.name}: status ${status}` };
    return { status, cookies, answer: text === "" ? undefined : JSON.parse(text) };
  } catch (error) {
    const late = error instanceof Error && error.name === "TimeoutError";
    const reason = late ? `no answer in ${api.patienceMs / 1000} s` : (codeOf(error) ?? String(error));
    return { failure: `${call.name}: ${reason}` };
  }
};

const send = async (
  { agent, url: origin, patienceMs }: Api,
  call: Call,
): Promise<{ status: number; text: string; cookies: string[] }> => {
  const { statusCode, headers, body } = await agent.request({
    origin,
    method: call.method,
    path: call.path,
    headers: {
      "user-agent": "bulwark-load/1",
      accept: "application/json",
      ...(call.body === undefined ? {} : { "content-type": "application/json" }),
      ...call.headers,
    },
    body: call.body === undefined ? null : JSON.stringify(call.body),
    signal: AbortSignal.timeout(patienceMs),
  });
  const cookies = [headers["set-cookie"] ?? []].flat();
  return { status: statusCode, text: await body.text(), cookies };
};
