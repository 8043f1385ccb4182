import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { terminal } from "../../../scripts/cli/progress.ts";
import { drill } from "../../../scripts/drills/attack/drill.ts";
import { type Kind, kinds } from "../../../scripts/drills/attack/kinds.ts";
import { report } from "../../../scripts/drills/attack/report.ts";
import { apiKey } from "../../app/support/client.ts";
import { withApiFixture } from "../../app/support/fixture.ts";
import { runServer, withImage } from "../../app/support/process.ts";

const api = await runServer((await withImage()).server, await withApiFixture());
const addressOf = (url: string) => ({ host: new URL(url).hostname, port: Number(new URL(url).port) });

/** Attacks the API of this file through a balancer. */
const attacked = async (balancer: string, attacks: readonly Kind[], count: number, seed: number) => {
  const told: string[] = [];
  const replica = { name: "api", api: addressOf(balancer), management: api.management };
  const result = await drill({
    addresses: { balancer: addressOf(balancer), replicas: [replica], apiKey },
    kinds: attacks,
    count,
    seed,
    seconds: 60,
    signal: new AbortController().signal,
    console: terminal((text) => told.push(text), { announce: true }),
  });
  return { ...report(result), ledger: result.ledger, told: told.join("") };
};

/** Passes requests on to the API, but answers some with 500 and drops others. */
const faulty = async (): Promise<string> => {
  const server = createServer((asked, answer) => {
    if (asked.url?.startsWith("/nowhere")) return answer.writeHead(500).end("stack trace");
    if (asked.url?.includes("cursor=")) return asked.socket.destroy();
    const { method, url, headers } = asked;
    const passed = request(`${api.url}${url}`, { method, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 0, got.headers);
      got.pipe(answer);
    });
    passed.once("error", () => asked.socket.destroy());
    asked.pipe(passed);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  afterAll(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

describe("A6 A26 A27 the attack", () => {
  it(`the API answers every kind as it must, and keeps what it holds (SEED=${seed})`, async () => {
    const { text, passed, ledger, told } = await attacked(
      api.url,
      kinds,
      Number(process.env.COUNT ?? 40),
      seed,
    );
    if (process.env.SHOW) console.log(told);
    expect(passed, text).toBe(true);
    expect(new Set(ledger.map(({ kind }) => kind))).toEqual(new Set(kinds));
    expect(told).toMatch(/memory +\d+ → \d+ MiB {2}api/);
  }, 120_000);

  it("an answer of 500 and a dropped connection are found, each with the command that repeats it", async () => {
    const balancer = await faulty();
    const { text, passed } = await attacked(balancer, ["floods"], 40, 1);
    expect(passed).toBe(false);
    expect(text).toMatch(/--only floods --seed \d+ --count 1 {3}# floods: 404, \d+×: status 500, not 404/);
    const [, again] = /--seed (\d+) .*# floods: bad cursor, \d+×: closed without an answer/.exec(text) ?? [];
    const repeated = await attacked(balancer, ["floods"], 1, Number(again));
    expect(repeated.text).toContain(`--seed ${again} --count 1   # floods: bad cursor`);
  }, 60_000);
});
