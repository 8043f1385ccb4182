import { once } from "node:events";
import http2 from "node:http2";
import { request } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, inject, it } from "vitest";
import { Balancer } from "../../../scripts/local/sandbox/balancer.ts";
import { eventually } from "../../support/index.ts";
import { bookingBody } from "../support/bookings.ts";
import { keyed } from "../support/client.ts";
import { withApiFixture } from "../support/fixture.ts";
import { present, refused } from "../support/live.ts";

const fixture = await withApiFixture();
const { ca, caFile, cert, key } = inject("servers");
const api = await fixture.start();
await api.app.listen({ host: "127.0.0.1", port: 0 });
const target = { host: "127.0.0.1", port: (api.app.server.address() as AddressInfo).port };
const balancer = new Balancer({
  certificates: { ca, caFile, cert, key },
  httpsPort: 0,
  httpPort: 0,
  targets: () => [target],
  redirect: () => false,
  sourceAddress: () => "127.0.0.1",
});
await balancer.listen();
afterAll(() => balancer.close(0));

interface Answer {
  status: number;
  type: string;
  body: string;
}
const headersOf = (body: Buffer, measured: boolean) => ({
  ...keyed,
  "content-type": "application/json",
  ...(measured ? { "content-length": String(body.length) } : {}),
});

/** Sent in pieces, as from a client that is far away: the answer comes before the end. */
async function* pieces(body: Buffer) {
  for (let start = 0; start < body.length; start += 65_536) yield body.subarray(start, start + 65_536);
}

const overHttp1 = async (body: Buffer, measured: boolean): Promise<Answer> => {
  const options = { host: "localhost", port: balancer.httpsPort, ca, agent: false, method: "POST" } as const;
  const sent = request({ ...options, path: "/v1/bookings", headers: headersOf(body, measured) });
  // What comes after the answer need not be taken.
  sent.on("error", () => undefined);
  const answered = once(sent, "response");
  for await (const piece of pieces(body)) sent.write(piece);
  sent.end();
  const [answer] = await answered;
  return { status: answer.statusCode, type: answer.headers["content-type"], body: await text(answer) };
};

const overHttp2 = async (body: Buffer, measured: boolean): Promise<Answer> => {
  const session = http2.connect(`https://localhost:${balancer.httpsPort}`, { ca });
  try {
    const path = { ":method": "POST", ":path": "/v1/bookings" };
    const stream = session.request({ ...path, ...headersOf(body, measured) });
    const answered = once(stream, "response");
    stream.on("error", () => undefined);
    for await (const piece of pieces(body)) stream.write(piece);
    stream.end();
    const [headers] = await answered;
    return { status: headers[":status"], type: headers["content-type"], body: await text(stream) };
  } finally {
    session.close();
  }
};

describe("A7 too large a body, through a load balancer that speaks HTTP/1.1 to the API", () => {
  const megabytes = (count: number) => Buffer.from(JSON.stringify({ notes: "x".repeat(count * 1_000_000) }));

  it.each([
    ["HTTP/1.1", "announced", overHttp1, true],
    ["HTTP/1.1", "in chunks", overHttp1, false],
    ["HTTP/2", "announced", overHttp2, true],
    ["HTTP/2", "in chunks", overHttp2, false],
  ] as const)("%s, %s: 413 with its problem document, never 502", async (_protocol, _how, send, measured) => {
    for (const size of [0.1, 1, 10]) {
      const answer = await send(megabytes(size), measured);
      expect(answer, `${size} MB`).toMatchObject({
        status: 413,
        type: expect.stringContaining("problem+json"),
      });
      expect(JSON.parse(answer.body)).toMatchObject({ code: "payload_too_large" });
      const next = await send(Buffer.from(JSON.stringify(bookingBody())), measured);
      expect(next.status).toBe(201);
    }
  });

  it("a body that goes on and on is not read for ever", async () => {
    const started = performance.now();
    const endless = connect(target.port, target.host);
    endless
      .on("error", () => undefined)
      .write(
        "POST /v1/bookings HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
      );
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    let sent = 0;
    const push = () => {
      while (!endless.destroyed && endless.write(chunk)) sent += chunk.length;
    };
    endless.on("drain", push).resume();
    push();
    await new Promise((resolve) => endless.once("close", resolve));
    expect(sent).toBeLessThan(40_000_000);
    expect(performance.now() - started).toBeLessThan(8_000);
  });
});

describe("A15 live updates, through a load balancer", () => {
  it("both directions pass until one side ends, and a refusal keeps its status", async () => {
    const place = `wss://localhost:${balancer.httpsPort}` as const;
    expect(await refused(place, { ca, headers: {} })).toMatchObject({ status: 401 });
    const [client, leaving] = [await present(place, { ca }), await present(place, { ca })];
    const answer = await overHttp1(Buffer.from(JSON.stringify(bookingBody({ resource: "live" }))), true);
    expect(answer.status).toBe(201);
    await eventually(() => expect(client.messages).toMatchObject([{ booking: JSON.parse(answer.body) }]));
    leaving.socket.close(1000);
    await eventually(() => expect(leaving.ended).toMatchObject({ code: 1000 }));
    client.socket.send("nothing is expected");
    await eventually(() => expect(client.ended).toMatchObject({ code: 1008 }));
  });
});
