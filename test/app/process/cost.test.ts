import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { apiEnv } from "../../../app/contract/env.ts";
import { nodeOptions } from "../../../infra/workload/pod-security.ts";
import { eventually } from "../../support/index.ts";
import { keyed } from "../support/client.ts";
import { withApiFixture } from "../support/fixture.ts";
import { runServer, withImage } from "../support/process.ts";
import { randomOf, type Shape, shapes } from "../support/shapes.ts";

/** What one request may cost: milliseconds of CPU time, mebibytes. */
const most = { cpu: 50, memory: 32 };
/** The memory of a pod of production, which names none of its own (infra/config/sections/cluster.ts). */
const podMemory = "512Mi";
/** Requests of one shape, one after the other; their mean counts, so that a collection of garbage is not one request's. */
const rounds = 6;
/** Node takes 16 KiB of headers; this leaves room for the few that every request has. */
const head = 15_000;

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const fixture = await withApiFixture();
const image = await withImage();

/** Makes the process tell what it has used so far, by its own account: time that it waited for a processor is not in it. */
const teller = `data:text/javascript,${encodeURIComponent(
  `process.on("SIGWINCH", () => console.log(JSON.stringify({
    told: {
      cpu: process.cpuUsage(),
      peak: process.resourceUsage().maxRSS / 1024,
      now: process.memoryUsage.rss() / 1048576,
    },
  })));`,
)}`;
const told = z.object({
  told: z.object({
    cpu: z.object({ user: z.number(), system: z.number() }),
    peak: z.number(),
    now: z.number(),
  }),
});

/** What the image sets besides Node's options. */
const dockerfile = readFileSync(join(import.meta.dirname, "../../../app/Dockerfile"), "utf8");
const [, MALLOC_MMAP_THRESHOLD_ = ""] = /MALLOC_MMAP_THRESHOLD_=(\d+)/.exec(dockerfile) ?? [];

const api = await runServer(image.server, fixture, {
  NODE_OPTIONS: `${nodeOptions(podMemory).join(" ")} --import ${teller}`,
  MALLOC_MMAP_THRESHOLD_,
  RATE_LIMIT_SIGN_IN_MAX: "100000",
});
let times = 0;
const usage = async () => {
  times += 1;
  api.process.kill("SIGWINCH");
  return eventually(() => {
    const answers = api.lines().filter((line) => "told" in line);
    expect(answers).toHaveLength(times);
    const { cpu, ...memory } = told.parse(answers.at(-1)).told;
    return { cpu: (cpu.user + cpu.system) / 1_000, ...memory };
  });
};

const send = async ({ method = "GET", path = "/v1/bookings", headers = {}, body }: Shape) => {
  const sent = request(`${api.url}${path}`, {
    method,
    path,
    headers: { ...keyed, ...(method === "GET" ? {} : { "content-type": "application/json" }), ...headers },
  });
  const answered = new Promise<{ status: number; length: number }>((resolve, reject) => {
    sent.once("error", reject);
    sent.once("response", (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode ?? 0, length: body.length }), reject);
    });
  });
  sent.end(body);
  return answered;
};

describe("A26 what a request may cost", () => {
  const all = shapes(apiEnv.shape.BODY_LIMIT_BYTES.parse(undefined), head, randomOf(seed));

  it(`no shape costs more than ${most.cpu} ms of CPU or ${most.memory} MiB, in a process with production's memory limit (SEED=${seed})`, async () => {
    for (let round = 0; round < 50; round++)
      await send(round % 2 === 0 ? {} : { method: "POST", body: "{}" });
    const costs: Record<string, { cpu: number; memory: number; answer: number }> = {};
    for (const [name, shape] of Object.entries(all)) {
      const before = await usage();
      let longest = 0;
      for (let round = 0; round < rounds; round++) {
        const { status, length } = await send(shape);
        expect(status, name).toBeLessThan(500);
        longest = Math.max(longest, length);
      }
      const after = await usage();
      costs[name] = {
        cpu: (after.cpu - before.cpu) / rounds,
        memory: after.peak - before.peak,
        answer: longest,
      };
    }
    if (process.env.SHOW) console.table(costs);
    for (const [name, { cpu, memory, answer }] of Object.entries(costs)) {
      expect(cpu, `${name}: ms of CPU`).toBeLessThan(most.cpu);
      expect(memory, `${name}: MiB`).toBeLessThan(most.memory);
      expect(answer, `${name}: bytes of the answer`).toBeLessThan(16_384);
    }
  }, 120_000);

  it("A8 fifty sign-ins at once take the memory of two, and give it back", async () => {
    const signIn = (index: number) => ({
      method: "POST" as const,
      path: "/v1/auth/sign-in",
      body: JSON.stringify({ email: `${index}@example.org`, password: "a bad password" }),
    });
    await send(signIn(0));
    const before = await usage();
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => send(signIn(index + 1))));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 401));
    const after = await usage();
    if (process.env.SHOW) console.table({ before, after });
    expect(after.peak - before.peak, "MiB").toBeLessThan(2 * most.memory);
    expect(after.now - before.now, "MiB kept").toBeLessThan(most.memory);
  }, 60_000);

  it("a hundred of the largest at once leave it answering, and it is the same process", async () => {
    const largest = Object.values(all).filter(({ body }) => body !== undefined);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => send(largest[index % largest.length] ?? {})),
    );
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    expect((await send({ path: "/health" })).status).toBe(200);
    expect(api.process.exitCode).toBeNull();
  });
});
