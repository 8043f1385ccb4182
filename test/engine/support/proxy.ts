import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { Agent, request } from "undici";
import { type Answer, type Call, callOf, jsonError } from "./calls.ts";

/** Sends a call on as it is. */
type Send = (call: Call) => Promise<Answer>;

/** Where calls can go beyond the supplement that takes them. */
export interface Upstreams {
  /** The AWS emulator. */
  emulator: Send;
  /** The sandbox's stand-in: secrets, rotation, users of the cache. */
  standin: Send;
}

/** What a part of AWS does that the emulator lacks or gets wrong. */
export interface Supplement {
  /** `rds ModifyOptionGroup`, or a pattern over service and action. The first that fits takes the call. */
  calls: RegExp;
  answer(call: Call, upstreams: Upstreams): Promise<Answer>;
}

export interface AwsProxy {
  /** One address for all of AWS. */
  url: string;
  /** `service action → status` of every call so far that was answered with an error. */
  failures(): readonly string[];
  stop(): Promise<void>;
}

export interface ProxyOptions {
  emulatorUrl: string;
  standinUrl: string;
  supplements: readonly Supplement[];
}

/** One endpoint for every AWS service: each call goes to the supplement that takes it, everything else to the emulator. */
export async function startProxy(options: ProxyOptions): Promise<AwsProxy> {
  const dispatcher = new Agent({ headersTimeout: 120_000, bodyTimeout: 120_000 });
  const upstreams: Upstreams = {
    emulator: (call) => send(options.emulatorUrl, call, dispatcher),
    standin: (call) => send(options.standinUrl, call, dispatcher),
  };
  const failures: string[] = [];
  const server = createServer({ keepAliveTimeout: 600_000 }, async (incoming, response) => {
    const { method = "GET", url: target = "/", headers } = incoming;
    const call = callOf({ method, target, headers, body: await bodyOf(incoming) });
    const answer = await answerTo(call, options.supplements, upstreams);
    if (answer.status >= 400) failures.push(`${call.service} ${call.action} → ${answer.status}`);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    failures: () => [...failures],
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await dispatcher.close();
    },
  };
}

async function answerTo(
  call: Call,
  supplements: readonly Supplement[],
  upstreams: Upstreams,
): Promise<Answer> {
  const name = `${call.service} ${call.action}`;
  try {
    const taken = supplements.find(({ calls }) => calls.test(name));
    return await (taken ? taken.answer(call, upstreams) : upstreams.emulator(call));
  } catch (error) {
    return jsonError("InternalFailure", `${name}: ${error instanceof Error ? error.message : error}`, 500);
  }
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Headers that belong to one connection, not to the message. */
const hopByHop = new Set(["connection", "keep-alive", "transfer-encoding", "content-length", "expect"]);

async function send(origin: string, call: Call, dispatcher: Agent): Promise<Answer> {
  const headers = Object.entries(call.headers).filter(([name]) => !hopByHop.has(name));
  const {
    statusCode,
    headers: received,
    body,
  } = await request(`${origin}${call.target}`, {
    dispatcher,
    method: call.method as "GET",
    headers: Object.fromEntries(headers),
    body: call.body.length > 0 ? call.body : null,
  });
  const kept = Object.entries(received).flatMap(([name, value]) =>
    value === undefined || hopByHop.has(name) ? [] : [[name, value] as const],
  );
  return {
    status: statusCode,
    headers: Object.fromEntries(kept),
    body: Buffer.from(await body.arrayBuffer()),
  };
}
