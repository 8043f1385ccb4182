import { once } from "node:events";
import { request as plainRequest } from "node:http";
import http2 from "node:http2";
import { type RequestOptions, request } from "node:https";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Balancer } from "../../../../scripts/local/sandbox/balancer.ts";
import type { Pod } from "../../../../scripts/local/sandbox/pod.ts";
import { readIngress } from "../../../../scripts/local/sandbox/pod-spec.ts";
import { routesOf } from "../../../../scripts/local/sandbox/routes.ts";
import { portTaken } from "../../../../scripts/local/servers/index.ts";
import { eventually } from "../../../support/index.ts";
import { podMaker } from "./pods.ts";

const { ca, caFile, cert, key } = inject("servers");
const pods = podMaker();
const replicas: (Pod & { url: string })[] = [];
const preStop = { lifecycle: { preStop: { sleep: { seconds: 1 } } } };

const routes = routesOf(
  readIngress("test", {
    metadata: { name: "test", annotations: { "alb.ingress.kubernetes.io/ssl-redirect": "443" } },
    spec: {
      rules: [
        {
          http: {
            paths: [
              {
                path: "/",
                pathType: "Prefix",
                backend: { service: { name: "api", port: { name: "http" } } },
              },
            ],
          },
        },
      ],
    },
  }),
);

const startBalancer = async (): Promise<Balancer> => {
  const balancer = new Balancer({
    certificates: { ca, caFile, cert, key },
    httpsPort: 0,
    httpPort: 0,
    targets: (host, path) =>
      routes.find(host, path) &&
      replicas
        .filter(({ ready }) => ready)
        .map(({ url }) => ({ host: "127.0.0.1", port: Number(new URL(url).port) })),
    redirect: () => routes.redirect,
    sourceAddress: () => "127.0.77.1",
  });
  await balancer.listen();
  return balancer;
};

let balancer: Balancer;
beforeAll(async () => {
  replicas.push(await pods.make("one", preStop), await pods.make("two", preStop));
  for (const pod of replicas) pod.start();
  await eventually(() => expect(replicas.every(({ ready }) => ready)).toBe(true));
  balancer = await startBalancer();
});
afterAll(() => balancer.close(0));

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

const call = (path: string, options: RequestOptions & { body?: string } = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { body, ...rest } = options;
    const sent = request(
      { host: "localhost", port: balancer.httpsPort, path, ca, agent: false, ...rest },
      (received) => {
        let text = "";
        received.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        received.on("error", reject);
        received.on("end", () =>
          resolve({ status: received.statusCode ?? 0, headers: received.headers, body: text }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });

const seenBy = (answer: Answer): { pod: string; headers: Record<string, string> } => JSON.parse(answer.body);

describe("S10 the sandbox's load balancer", () => {
  it("it takes turns over the replicas that are ready", async () => {
    const answers = [];
    for (let i = 0; i < 6; i += 1) answers.push(seenBy(await call("/")).pod);
    expect(answers.filter((pod) => pod === "one")).toHaveLength(3);
    await fetch(`${replicas[0]?.url}/set?ready=503`);
    await eventually(() => expect(replicas[0]?.ready).toBe(false));
    for (let i = 0; i < 4; i += 1) expect(seenBy(await call("/")).pod).toBe("two");
    await fetch(`${replicas[0]?.url}/set?ready=200`);
    await eventually(() => expect(replicas[0]?.ready).toBe(true));
  });

  it("A3 it appends to X-Forwarded-For, and says itself which scheme the caller used", async () => {
    const forged = { "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "http", "x-request-id": "abc" };
    const { headers } = seenBy(
      await call("/", { headers: { ...forged, connection: "close, x-hop", "x-hop": "1" } }),
    );
    expect(headers["x-forwarded-for"]).toBe("203.0.113.9, 127.0.0.1");
    expect(headers["x-forwarded-proto"]).toBe("https");
    expect(headers["x-forwarded-port"]).toBe(String(balancer.httpsPort));
    expect(headers["x-request-id"]).toBe("abc");
    expect(headers["x-amzn-trace-id"]).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
    expect(headers.host).toBe(`localhost:${balancer.httpsPort}`);
    expect(headers).not.toHaveProperty("x-hop");
  });

  it("HTTP/2: many requests over one connection, bodies and headers arrive", async () => {
    const session = http2.connect(`https://localhost:${balancer.httpsPort}`, { ca });
    const exchange = async (headers: http2.OutgoingHttpHeaders, body?: string): Promise<string> => {
      const stream = session.request(headers, { endStream: body === undefined });
      if (body !== undefined) stream.end(body);
      let text = "";
      for await (const chunk of stream.setEncoding("utf8")) text += String(chunk);
      return text;
    };
    const bodies = await Promise.all(
      Array.from({ length: 20 }, (_, i) => exchange({ ":method": "POST", ":path": "/echo" }, `body ${i}`)),
    );
    expect(bodies).toEqual(Array.from({ length: 20 }, (_, i) => `body ${i}`));
    expect(await exchange({ ":method": "DELETE", ":path": "/echo" }, "with a body")).toBe("with a body");
    const { headers } = JSON.parse(await exchange({ ":path": "/" }));
    expect(headers.host).toBe(`localhost:${balancer.httpsPort}`);
    session.close();
    await once(session, "close");
  });

  it("a body in chunks arrives, whatever the method", async () => {
    const answer = await call("/echo", {
      method: "DELETE",
      headers: { "transfer-encoding": "chunked" },
      body: "hello",
    });
    expect(answer.body).toBe("hello");
  });

  it("plain HTTP is answered with 301 to the same place over HTTPS", async () => {
    const sent = plainRequest({
      port: balancer.httpPort,
      path: "/a?b=c",
      headers: { host: "localhost" },
    }).end();
    const [received] = await once(sent, "response");
    expect(received.statusCode).toBe(301);
    expect(received.headers.location).toBe(`https://localhost:${balancer.httpsPort}/a?b=c`);
    received.resume();
  });

  it("an upgraded connection (WebSocket) passes both ways", async () => {
    const headers = { connection: "Upgrade", upgrade: "echo" };
    const sent = request({ host: "localhost", port: balancer.httpsPort, path: "/ws", ca, headers }).end();
    const [response, socket] = await once(sent, "upgrade");
    expect(response.statusCode).toBe(101);
    socket.write("ping");
    const [echoed] = await once(socket, "data");
    expect(String(echoed)).toBe("ping");
    socket.end();
  });

  it("A21 a replica that leaves gets no new request, and those it has are answered", async () => {
    const leaving = replicas[0];
    if (!leaving) throw new Error("no replica");
    const slow = Array.from({ length: 4 }, () => call("/slow?ms=1200"));
    await eventually(async () => expect(seenBy(await call("/")).pod).toBe("one"));
    const left = leaving.terminate();
    for (let i = 0; i < 10; i += 1) expect(seenBy(await call("/")).pod).toBe("two");
    for (const answer of await Promise.all(slow)) expect(answer.status).toBe(200);
    await left;
  });

  it("no replica is ready: 503; one that went away without a word: 502", async () => {
    const last = replicas[1];
    last?.process?.kill("SIGKILL");
    const answers = await Promise.all([call("/"), call("/")]);
    for (const { status } of answers) expect([502, 503]).toContain(status);
    await eventually(() => expect(last?.ready).toBe(true));
    await last?.terminate();
    expect((await call("/")).status).toBe(503);
  });

  it("closing lets requests finish and leaves no port", async () => {
    const pod = await pods.make("three");
    replicas.push(pod);
    pod.start();
    await eventually(() => expect(pod.ready).toBe(true));
    const other = await startBalancer();
    const { httpsPort, httpPort } = other;
    const slow = call("/slow?ms=500", { port: httpsPort });
    await eventually(async () => expect((await call("/", { port: httpsPort })).status).toBe(200));
    await other.close(5_000);
    expect((await slow).status).toBe(200);
    expect(await portTaken(httpsPort)).toBe(false);
    expect(await portTaken(httpPort)).toBe(false);
    await pod.terminate();
  });
});
