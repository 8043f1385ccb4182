import { randomUUID } from "node:crypto";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { apiEnv } from "../../../app/contract/env.ts";
import { nodeOptions } from "../../../infra/workload/pod-security.ts";
import { eventually } from "../../support/index.ts";
import { addPerson } from "../support/browser.ts";
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

const api = await runServer(image.server, fixture, {
  NODE_OPTIONS: `${nodeOptions(podMemory).join(" ")} --import ${teller}`,
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
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once("error", reject).once("response", resolve).end(body);
  });
  const content = await text(answer);
  const { statusCode: status = 0, headers: given } = answer;
  return { status, length: content.length, content, retryAfter: given["retry-after"] };
};
const signIn = (email: string, password = "a bad password", tokens = "body") => ({
  method: "POST" as const,
  path: "/v1/auth/sign-in",
  body: JSON.stringify({ email, password, tokens }),
});

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

  it("A8 nor does the hash of a password: a sign-in makes one, right or wrong, and a change of the password two", async () => {
    const person = await addPerson(await fixture.start());
    let { password } = person;
    const signedIn = async () => {
      const answer = await send(signIn(person.email, password));
      expect(answer.status, answer.content).toBe(200);
      return z.object({ accessToken: z.string() }).parse(JSON.parse(answer.content)).accessToken;
    };
    let authorization = `Bearer ${await signedIn()}`;
    const wrong = async () => expect((await send(signIn(`${randomUUID()}@example.org`))).status).toBe(401);
    const change = async () => {
      const body = JSON.stringify({ currentPassword: password, newPassword: `${password}+` });
      const answer = await send({
        method: "POST",
        path: "/v1/auth/password",
        body,
        headers: { authorization },
      });
      expect(answer.status, answer.content).toBe(200);
      const { accessToken } = z.object({ accessToken: z.string() }).parse(JSON.parse(answer.content));
      [password, authorization] = [`${password}+`, `Bearer ${accessToken}`];
    };
    const tries = [
      { name: "a sign-in", attempt: signedIn, hashes: 1 },
      { name: "a wrong one", attempt: wrong, hashes: 1 },
      { name: "a change", attempt: change, hashes: 2 },
    ];
    for (const { name, attempt, hashes } of tries) {
      const each = [];
      for (let round = 0; round < rounds; round++) {
        const before = await usage();
        await attempt();
        each.push((await usage()).cpu - before.cpu);
      }
      // The least: a hash is slow by its way through memory, and what else runs on the machine takes the caches from it.
      const cpu = Math.min(...each) / hashes;
      if (process.env.SHOW) console.log(name, cpu);
      expect(cpu, `${name}: ms of CPU for a hash`).toBeLessThan(most.cpu);
    }
  }, 60_000);

  it("A8 of 200 sign-ins at once about fifty are looked at, with the memory of two, and the others are 503", async () => {
    const person = await addPerson(await fixture.start());
    const before = await usage();
    const flood = Array.from({ length: 200 }, (_, index) => send(signIn(`${index}@example.org`)));
    const answers = await Promise.all(flood);
    const after = await usage();
    if (process.env.SHOW) console.table({ before, after });
    const refused = answers.filter(({ status }) => status === 503);
    expect(answers.filter(({ status }) => status !== 401 && status !== 503)).toEqual([]);
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(50);
    expect(refused.length).toBeGreaterThan(50);
    for (const { retryAfter, content } of refused) {
      expect(retryAfter).toBe("1");
      expect(JSON.parse(content)).toMatchObject({ code: "unavailable" });
    }
    expect(after.peak - before.peak, "MiB").toBeLessThan(2 * most.memory);
    expect(after.now - before.now, "MiB kept").toBeLessThan(most.memory);
    expect((await send(signIn(person.email, person.password))).status).toBe(200);
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
