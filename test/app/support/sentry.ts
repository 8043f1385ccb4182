import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll } from "vitest";

/** What stands for Sentry: keeps the envelopes that it gets at `dsn`. It ends with the file. */
export async function withSentry() {
  const envelopes: { url: string; lines: unknown[]; text: string }[] = [];
  const server = createServer(async (incoming, answer) => {
    const body = await text(incoming);
    const lines = body.split("\n").filter(Boolean);
    envelopes.push({ url: incoming.url ?? "", lines: lines.map((line) => JSON.parse(line)), text: body });
    answer.end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  afterAll(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { dsn: `http://key@127.0.0.1:${port}/1`, envelopes };
}
