import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, inject, it } from "vitest";
import { Recorder } from "../../../../scripts/drills/load/figures.ts";
import { load, type Sample } from "../../../../scripts/drills/load/generator.ts";
import { Mix } from "../../../../scripts/drills/load/mix.ts";
import { report } from "../../../../scripts/drills/load/report.ts";
import { eventually } from "../../../support/index.ts";

const { ca, cert, key } = inject("servers");
const credentials = { apiKey: "bw_test_key" };
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Answers as the API does; every `broken`-th request is refused, broken off or left without an answer. */
const api = async (
  broken: (count: number) => "no" | "503" | "reset" | "silence",
  asked: string[] = [],
): Promise<string> => {
  let count = 0;
  const server = createServer({ cert, key }, (request, response) => {
    count += 1;
    const how = broken(count);
    request.resume();
    asked.push(`${request.method} ${request.url}`);
    if (how === "silence") return;
    if (how === "reset") return void request.socket.destroy();
    if (how === "503") return void response.writeHead(503).end("{}");
    const status = `${request.method} ${request.url}` === "POST /v1/bookings" ? 201 : 200;
    response.writeHead(status, { "content-type": "application/json" });
    // Each booking's path names it, and a new one has none.
    const id = /bookings\/([\w-]+)/.exec(request.url ?? "")?.[1] ?? `id-${count}`;
    response.end(JSON.stringify({ id, version: 1 }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `https://localhost:${(server.address() as AddressInfo).port}`;
};

const run = async (url: string, rate: number, milliseconds: number, patienceMs?: number) =>
  await load({ url, ca, credentials, rate, signal: AbortSignal.timeout(milliseconds), patienceMs });

describe("R7 A21 the load counts every request", () => {
  it("at the rate that was asked for, with reads and writes", async () => {
    const url = await api(() => "no");
    // A machine that is busy at that moment gets another try; a generator that cannot keep the rate never makes it.
    const figures = await eventually(async () => {
      const one = await run(url, 100, 1_000);
      expect(one.served).toBeGreaterThan(75);
      return one;
    });
    expect(figures.failed).toBe(0);
    expect(figures.seconds).toBeGreaterThanOrEqual(0.9);
    expect(figures.sentRate).toBeLessThanOrEqual(101);
    expect(Object.keys(figures.byStatus)).toEqual(expect.arrayContaining(["200", "201"]));
    const { p50, p95, p99 } = figures;
    expect([p50, p95, p99]).toEqual([p50, p95, p99].toSorted((one, other) => Number(one) - Number(other)));
  });

  it("wrong answers and broken connections are failures, by kind", async () => {
    const url = await api((count) => (count % 10 === 0 ? "503" : count % 10 === 5 ? "reset" : "no"));
    const figures = await run(url, 100, 1_000);
    const kinds = Object.keys(figures.failures).join("\n");
    expect(kinds).toContain("status 503");
    expect(kinds).toContain("UND_ERR_SOCKET");
    expect(figures.failed).toBe(Object.values(figures.failures).reduce((sum, number) => sum + number, 0));
    expect(figures.failed).toBeGreaterThan(5);
  });

  it("a server that is not there fails every request", async () => {
    const figures = await run("https://localhost:9", 50, 300);
    expect(figures).toMatchObject({ served: 0, servedRate: 0, held: false, p50: null, slowest: null });
    expect(figures.failed).toBe(figures.sent);
    expect(Object.keys(figures.failures).join()).toContain("ECONNREFUSED");
    expect(report(figures)).not.toMatch(/NaN|null/);
  });

  it("every request is observed with when it was due, sent and ended", async () => {
    const samples: Sample[] = [];
    const url = await api((count) => (count % 10 === 0 ? "503" : "no"));
    const signal = AbortSignal.timeout(500);
    const figures = await load({
      url,
      ca,
      credentials,
      rate: 100,
      signal,
      observe: (sample) => samples.push(sample),
    });
    expect(samples).toHaveLength(figures.sent);
    expect(samples.filter(({ failure }) => failure !== undefined)).toHaveLength(figures.failed);
    for (const { due, sent, ended } of samples) expect(due <= sent && sent <= ended).toBe(true);
    const gaps = samples
      .map(({ due }) => due)
      .sort((a, b) => a - b)
      .flatMap((due, at, all) => (at > 0 ? [due - (all[at - 1] ?? 0)] : []));
    for (const gap of gaps) expect(gap).toBeCloseTo(10, 5);
  });

  it("ends when its time is over, also where the server does not answer", async () => {
    const figures = await run(await api(() => "silence"), 20, 300, 500);
    expect(figures).toMatchObject({ served: 0, held: false });
    expect(Object.keys(figures.failures).join()).toContain("no answer in 0.5 s");
  });

  it("its bookings are cancelled in the end, one whose version has changed meanwhile as well", async () => {
    const asked: string[] = [];
    // The first cancellation meets another version.
    const url = await api(
      () => (asked.filter((one) => one.endsWith("/cancel")).length === 1 ? "503" : "no"),
      asked,
    );
    const { bookings } = await run(url, 50, 500);
    expect(bookings.made).toBeGreaterThan(0);
    expect(bookings.cancelled).toBe(bookings.made);
    const cancellations = asked.filter((one) => one.endsWith("/cancel"));
    expect(new Set(cancellations).size).toBe(bookings.made);
    expect(cancellations).toHaveLength(bookings.made + 1);
  });

  it("percentiles are times that so many requests did not exceed; a rate is held that was served to its end", () => {
    const recorder = new Recorder();
    for (let time = 1; time <= 100; time += 1) {
      recorder.sent();
      recorder.ended(200, time);
    }
    const figures = recorder.figures(10, 10);
    expect(figures).toMatchObject({ sent: 100, served: 100, sentRate: 10, servedRate: 10, held: true });
    expect(figures).toMatchObject({ p50: 50, p95: 95, p99: 99, slowest: 100 });
    // Sent at the rate, and served two seconds longer.
    const late = recorder.figures(10, 10, 12);
    expect(late).toMatchObject({ sentRate: 10, held: false });
    expect(late.servedRate).toBeCloseTo(8.4, 1);
  });

  it("it turns pages: each cursor that an answer gave is handed back once, the oldest first", () => {
    const mix = new Mix();
    mix.learn(mix.next(), { id: "made", version: 1 });
    const list = { name: "GET bookings", method: "GET", path: "/v1/bookings", expected: [200] } as const;
    for (const nextCursor of ["first", "second"]) mix.learn(list, { items: [], nextCursor });
    mix.learn(list, { items: [], nextCursor: null });
    const calls = Array.from({ length: 500 }, () => mix.next());
    const turned = calls.filter(({ path }) => path.includes("cursor="));
    expect(turned.map(({ path }) => path.replace(/.*cursor=/, ""))).toEqual(["first", "second"]);
    expect(new Set(calls.map(({ name }) => name))).toContain("GET signing keys");
    const asked = (method: string) => calls.filter((call) => call.method === method).length;
    expect(asked("GET")).toBeGreaterThan(asked("POST"));
  });

  it("what it books never overlaps, and it changes only what it has made", () => {
    const mix = new Mix();
    const starts = new Set<string>();
    for (let i = 0; i < 500; i += 1) {
      const call = mix.next();
      if (call.method !== "POST") {
        if (call.path.startsWith("/v1/bookings/")) expect(call.path).toMatch(/^\/v1\/bookings\/made-\d+$/);
        continue;
      }
      const { startsAt } = Object(call.body);
      expect(starts.has(startsAt)).toBe(false);
      starts.add(startsAt);
      mix.learn(call, { id: `made-${i}`, version: 1 });
    }
    expect(starts.size).toBeGreaterThan(20);
  });
});
