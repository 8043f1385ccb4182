import { hostname } from "node:os";
import { describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { type WorkerEnvInput, workerEnv } from "../../app/contract/env.ts";
import { createMetrics } from "../../app/platform/metrics.ts";
import { createTrust } from "../../app/platform/trust.ts";
import { createWorkerProcess } from "../../app/worker-process.ts";
import { eventually } from "../support/index.ts";
import { bookingBody } from "./support/bookings.ts";
import { send } from "./support/browser.ts";
import { apiKey, keyed } from "./support/client.ts";
import { traceText, withCollector } from "./support/collector.ts";
import { silent, type TestApi, withApiFixture } from "./support/fixture.ts";
import { listen, present } from "./support/live.ts";
import { withSentry } from "./support/sentry.ts";

const fixture = await withApiFixture();
const collector = await withCollector();
const traced = {
  OTEL_ENABLED: "true",
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  OTEL_TRACES_SAMPLER_ARG: "1",
} as const;

/** Has an API send everything that it has recorded, as at its end. */
const flush = async ({ closing }: TestApi) => {
  for (const { name, close } of closing) if (["live updates", "traces"].includes(name)) await close();
};
const traceIds = {
  booking: "4bf92f3577b34da6a3ce929d0e0e4736",
  none: "11111111111111111111111111111111",
  unwanted: "22222222222222222222222222222222",
};
const traceparent = (traceId: string, flags = "01") => `00-${traceId}-00f067aa0ba902b7-${flags}`;

const data = z.object({});
const startWorker = (changes: Partial<WorkerEnvInput>) =>
  createWorkerProcess({
    env: workerEnv.parse({ ...fixture.env, ...changes }),
    logger: silent(),
    metrics: createMetrics(),
    trust: createTrust([fixture.mysql.ca, fixture.redis.ca]),
  });

describe("A19 traces", () => {
  it("of a booking go on with the caller's, through MySQL and Redis, to the WebSocket on another replica", async () => {
    const [api, other] = [await fixture.start(traced), await fixture.start(traced)];
    const client = await present(await listen(other));
    const headers = { ...keyed, traceparent: traceparent(traceIds.booking), tracestate: "vendor=1" };
    const answer = await send(api, "POST /v1/bookings", { body: bookingBody(), headers });
    await eventually(() => expect(client.messages).toHaveLength(1));
    await flush(api);
    await flush(other);

    const text = traceText(collector.spans, traceIds.booking);
    if (process.env.SHOW) console.log(text);
    // The limits are counted beside the request, at moments of their own.
    expect(text).toContain("  client EVALSHA rate\n");
    expect(text.replaceAll("  client EVALSHA rate\n", "")).toBe(
      [
        "server POST /v1/bookings",
        "  client SELECT api_keys",
        "  client BEGIN",
        "  client SELECT audit_chains",
        "  client SELECT bookings",
        "  client INSERT bookings",
        `  client INSERT ${fixture.login.dbname}_audit.audit_log`,
        "  client UPDATE audit_chains",
        "  client COMMIT",
        "  producer send live",
        "    client EVALSHA live",
        "    consumer process live",
      ].join("\n"),
    );
    const [server] = collector.spans.filter(({ kind }) => kind === "server");
    expect(server).toMatchObject({
      parentSpanId: "00f067aa0ba902b7",
      traceState: "vendor=1",
      attributes: {
        "http.request.method": "POST",
        "http.route": "/v1/bookings",
        "http.response.status_code": "201",
        "bulwark.request.id": answer.headers["x-request-id"],
      },
    });
    expect(collector.resources).toContainEqual({
      "service.name": "bulwark-api",
      "service.version": "0.0.0",
      "deployment.environment.name": "test",
    });
  });

  it("hold no value that a client sent: no credential, path, query or booking", async () => {
    const api = await fixture.start(traced);
    const values = { clientName: "Zoe Secret", clientEmail: "zoe@secret.example", notes: "a quiet table" };
    const made = await send(api, "POST /v1/bookings", { body: bookingBody(values), headers: keyed });
    const { id } = made.json();
    await send(api, `GET /v1/bookings/${id}`, { headers: keyed });
    await send(api, "GET /v1/bookings?search=Zoe", { headers: keyed });
    await send(api, "GET /v1/nowhere/Zoe");
    await flush(api);
    const names = collector.spans.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["GET /v1/bookings/:id", "GET /v1/bookings", "GET"]));
    const everything = Buffer.concat(collector.bodies).toString("latin1");
    for (const value of [...Object.values(values), "Zoe", id, apiKey]) {
      expect(everything).not.toContain(value);
    }
  });

  it("go on from a job to those that it adds, and through what these ask MySQL", async () => {
    const worker = await startWorker(traced);
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const one = [{ id: "one", data: {} }];
    const second = worker.queues.register({
      name: "trace-second",
      data,
      work: async () => {
        await worker.database.read((db) => db.run("SELECT id FROM bookings LIMIT 1", []));
        resolve();
      },
    });
    const first = worker.queues.register({ name: "trace-first", data, work: () => second.add(one) });
    await first.add(one);
    await done;
    for (const { close } of worker.closing) await close();

    const root = collector.spans.find(({ name }) => name === "process trace-first");
    expect(traceText(collector.spans, root?.traceId ?? "")).toBe(
      ["consumer process trace-first", "  consumer process trace-second", "    client SELECT bookings"].join(
        "\n",
      ),
    );
    expect(collector.resources).toContainEqual(expect.objectContaining({ "service.name": "bulwark-worker" }));
  });

  it("are a share of all, which a caller can lower and not raise", async () => {
    const api = await fixture.start(traced);
    const none = await fixture.start({ ...traced, OTEL_TRACES_SAMPLER_ARG: "0" });
    const [asked, unwanted] = [traceparent(traceIds.none), traceparent(traceIds.unwanted, "00")];
    await send(none, "GET /v1/bookings", { headers: { ...keyed, traceparent: asked } });
    await send(api, "GET /v1/bookings", { headers: { ...keyed, traceparent: unwanted } });
    await flush(none);
    await flush(api);
    const recorded = new Set(collector.spans.map(({ traceId }) => traceId));
    expect([recorded.has(traceIds.none), recorded.has(traceIds.unwanted)]).toEqual([false, false]);
  });

  it("that the collector does not take fail no request, and are told once", async () => {
    const api = await fixture.start({ ...traced, OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/nowhere/` });
    const answer = await send(api, "GET /v1/bookings", { headers: keyed });
    expect(answer.statusCode).toBe(200);
    await flush(api);
    expect(api.lines.filter(({ msg }) => msg === "the collector takes no traces")).toHaveLength(1);
  });
});

describe("A19 reports of errors", () => {
  it("tell of what nobody expected, with the request's id and route, and nothing that a client sent", async () => {
    const sentry = await withSentry();
    const api = await fixture.start({ SENTRY_DSN: sentry.dsn, SERVICE_VERSION: "1.2.3" });
    const [token, address] = ["eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl", "192.0.2.7"];
    const error = new TypeError(
      `no ${token} of zoe@secret.example at ${address} in "Zoe Secret" and "Zoe ${"x@".repeat(50_000)}`,
    );
    const headers = { ...keyed, cookie: "session=zoe", "x-forwarded-for": address };
    const refused = await send(api, "GET /v1/bookings?limit=x", { headers });
    vi.spyOn(api.database, "read").mockRejectedValue(Object.assign(error, { sql: "SELECT 'Zoe'" }));
    const answer = await send(api, "GET /v1/bookings?search=zoe-query", { headers });
    expect([answer.statusCode, refused.statusCode]).toEqual([500, 400]);
    await api.errors?.close();

    expect(sentry.envelopes).toHaveLength(1);
    const [{ url, lines, text }] = sentry.envelopes as [(typeof sentry.envelopes)[0]];
    expect(url).toMatch(/^\/api\/1\/envelope\/\?sentry_version=7&sentry_key=key/);
    expect(lines).toMatchObject([
      { event_id: expect.any(String) },
      { type: "event" },
      {
        level: "error",
        release: "1.2.3",
        environment: "test",
        tags: {
          service: "bulwark-api",
          requestId: answer.headers["x-request-id"],
          route: "GET /v1/bookings",
        },
        exception: {
          values: [
            {
              type: "TypeError",
              value: "no [token] of [e-mail] at [address] in [quoted] and [quoted]",
              stacktrace: { frames: expect.arrayContaining([expect.objectContaining({ in_app: true })]) },
            },
          ],
        },
      },
    ]);
    expect(Object.keys(lines[2] as object).sort()).toEqual([
      "contexts",
      "environment",
      "event_id",
      "exception",
      "level",
      "release",
      "tags",
      "timestamp",
    ]);
    for (const value of [token, "Zoe", "zoe", address, apiKey, hostname()]) expect(text).not.toContain(value);
  });

  it("tell of a job that fails", async () => {
    const sentry = await withSentry();
    const worker = await startWorker({ SENTRY_DSN: sentry.dsn });
    const jobs = worker.queues.register({
      name: "failing",
      data,
      work: () => Promise.reject(new RangeError("no such job")),
    });
    await jobs.add([{ id: "one", data: {} }]);
    await eventually(() => expect(sentry.envelopes).toHaveLength(1));
    for (const { close } of worker.closing) await close();
    expect(sentry.envelopes[0]?.lines[2]).toMatchObject({
      tags: { service: "bulwark-worker", queue: "failing" },
      exception: { values: [{ type: "RangeError", value: "no such job" }] },
    });
  });
});
