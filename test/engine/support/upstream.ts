import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll } from "vitest";
import { type Call, callOf } from "./calls.ts";

/** What a made-up emulator answers to a call: text is sent as it is, everything else as JSON. */
export type Answers = Record<string, (call: Call) => unknown>;

/** A server in the emulator's place: answers the calls that it is told, and remembers all. Closed after the file. */
export async function startUpstream(answers: Answers): Promise<{ url: string; calls: Call[] }> {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const { method = "GET", url: target = "/", headers } = request;
    const call = callOf({ method, target, headers, body: Buffer.concat(chunks) });
    calls.push(call);
    const answer = answers[`${call.service} ${call.action}`]?.(call);
    if (answer === undefined) response.writeHead(400).end("the emulator does not know this call");
    else response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  afterAll(() => server.close());
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return { url: `http://127.0.0.1:${port}`, calls };
}
