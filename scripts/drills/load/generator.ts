import { setTimeout as delay } from "node:timers/promises";
import { Agent, type Dispatcher } from "undici";
import { type Figures, Recorder } from "./figures.ts";
import { type Call, Mix } from "./mix.ts";

export interface LoadOptions {
  /** `https://localhost:8443`. */
  url: string;
  /** PEM text of the authority to trust. */
  ca: string;
  /** Requests a second. */
  rate: number;
  /** Ends the load. Requests that are under way are waited for. */
  signal: AbortSignal;
  /** Whether to speak HTTP/2 where the server does. */
  http2?: boolean;
  /** Called about once a second with the figures so far. */
  progress?(figures: Figures): void;
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

/** A request that takes longer has failed. */
const patienceMs = 15_000;
const tickMs = 5;

/**
 * Sends requests at a fixed rate until told to end: each at its time, whether earlier ones have been answered or not, so that
 * a server that stalls shows in the times. Times count from when a request was due. Never repeats a request.
 */
export const load = async (options: LoadOptions): Promise<Figures> => {
  const { url, ca, rate, signal, http2 = false, progress, observe } = options;
  const agent = new Agent({
    connections: http2 ? 4 : 128,
    allowH2: http2,
    pipelining: http2 ? 100 : 1,
    connect: { ca },
    headersTimeout: patienceMs,
    bodyTimeout: patienceMs,
  });
  const [recorder, mix] = [new Recorder(), new Mix()];
  const one = async (due: number): Promise<void> => {
    const sent = performance.now();
    const { status, failure } = await exchange(agent, url, mix);
    const ended = performance.now();
    recorder.answered(status, ended - due);
    if (failure !== undefined) recorder.failure(failure);
    observe?.({ due, sent, ended, failure });
  };
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
      progress(recorder.figures(reported));
    }
    await delay(tickMs);
  }
  const ended = seconds();
  await Promise.all(underWay);
  await agent.close();
  return recorder.figures(ended);
};

/** Sends the next request of the mix. Status 0: no answer. */
const exchange = async (
  agent: Dispatcher,
  url: string,
  mix: Mix,
): Promise<{ status: number; failure?: string }> => {
  const call = mix.next();
  try {
    const { status, text } = await ask(agent, url, call);
    if (!call.expected.includes(status)) return { status, failure: `${call.name}: status ${status}` };
    mix.learn(call, JSON.parse(text));
    return { status };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return { status: 0, failure: `${call.name}: ${code}` };
  }
};

const ask = async (
  agent: Dispatcher,
  origin: string,
  call: Call,
): Promise<{ status: number; text: string }> => {
  const { statusCode, body } = await agent.request({
    origin,
    method: call.method,
    path: call.path,
    headers: {
      "user-agent": "bulwark-load/1",
      "content-type": "application/json",
      accept: "application/json",
    },
    body: call.body === undefined ? null : JSON.stringify(call.body),
  });
  return { status: statusCode, text: await body.text() };
};
