import { join } from "node:path";
import * as z from "zod";
import { buildImage } from "../../../app/build.ts";
import { recordOf } from "../../../app/contract/records.ts";
import { CommandError } from "../../cli/errors.ts";
import type { At } from "../../cli/progress.ts";
import { type Credential, credentials } from "./credentials.ts";
import { type ExchangeName, exchangeNames, exchanges } from "./exchanges.ts";
import { type Measured, startMeasured } from "./measured.ts";
import { leaveOut, type Measure, measures } from "./measures.ts";
import type { BenchServers } from "./servers.ts";

export interface Options {
  rounds: number;
  /** Requests of one kind that a server gets in one round. */
  requests: number;
}

/** Least, middle and most of what the rounds found. */
export interface Spread {
  min: number;
  median: number;
  max: number;
}

export type Results = Options & {
  server: string;
  /** CPU of the server's process for each request, µs, and what the API takes in units of the bare server, round by round. */
  exchanges: Record<ExchangeName, { bare: Spread; api: Spread; ratio: Spread }>;
  /** What a GET by id costs less without the measure, µs. */
  measures: { name: string; promised?: number | undefined; cost: Spread }[];
};

const nothing = "nothing";
const everything = "all of these";
/** Requests before anything counts: V8 compiles what it meets often. */
const warmUpRequests = 6_000;
const bookingsToRead = 200;
const bareServer = join(import.meta.dirname, "bare-server.ts");

/**
 * Asks all servers in turn, round by round, so that a machine that is slower for a while is so for all alike: it is the ratios
 * within a round that count.
 */
export const measure = async (
  servers: BenchServers,
  { rounds, requests }: Options,
  at: At,
): Promise<Results> => {
  at("programs");
  const bare = await startMeasured("bare", bareServer, servers);
  const api = await startMeasured("api", await program(servers, "api", []), servers);
  // The whole API once more, which has been asked the same as those without a measure: what V8 has compiled is alike.
  const leftOut: { name: string; left: readonly Measure[]; by: readonly Credential[] }[] = [
    { name: nothing, left: [], by: credentials },
    ...measures.map((one) => ({ name: one.name, left: [one], by: [one.credential ?? "API key"] })),
    { name: everything, left: measures, by: ["API key"] },
  ];
  const variants: { server: Measured; by: readonly Credential[] }[] = [];
  for (const { name, left, by } of leftOut)
    variants.push({ server: await startMeasured(name, await program(servers, name, left), servers), by });

  const ids = await makeBookings(api);
  const asked = recordOf(credentials, (credential) => exchanges(ids, credential));
  const found = new Map<string, number[]>();
  const ask = async (server: Measured, kind: ExchangeName, by: Credential = "API key") => {
    const key = `${server.name} ${kind} ${by}`;
    found.set(key, [...(found.get(key) ?? []), await server.cpuPerRequest(asked[by][kind], requests)]);
  };
  at("warm-up");
  for (const kind of exchangeNames)
    for (const server of [bare, api]) await server.cpuPerRequest(asked["API key"][kind], warmUpRequests);
  for (const { server, by } of variants)
    for (const one of by) await server.cpuPerRequest(asked[one]["GET by id"], warmUpRequests);
  for (let round = 0; round < rounds; round += 1) {
    at(`round ${round + 1} of ${rounds}`);
    for (const kind of exchangeNames) for (const server of [bare, api]) await ask(server, kind);
    for (const { server, by } of variants) for (const one of by) await ask(server, "GET by id", one);
  }
  for (const server of [bare, api, ...variants.map((variant) => variant.server)]) await server.stop();

  const of = (name: string, kind: ExchangeName, by: Credential = "API key"): number[] =>
    found.get(`${name} ${kind} ${by}`) ?? [];
  const compared = (kind: ExchangeName) => {
    const [bareOnes, apiOnes] = [of("bare", kind), of("api", kind)];
    const ratio = spread(apiOnes.map((cpu, round) => cpu / (bareOnes[round] ?? Number.NaN)));
    return { bare: spread(bareOnes), api: spread(apiOnes), ratio };
  };
  const costOf = (name: string, by: Credential) => {
    const whole = of(nothing, "GET by id", by);
    return spread(of(name, "GET by id", by).map((cpu, round) => (whole[round] ?? Number.NaN) - cpu));
  };
  return {
    rounds,
    requests,
    server: servers.version,
    exchanges: {
      "GET by id": compared("GET by id"),
      "list of 20": compared("list of 20"),
      POST: compared("POST"),
    },
    measures: [
      ...measures.map(({ name, promised, credential = "API key" }) => ({
        name,
        promised,
        cost: costOf(name, credential),
      })),
      { name: everything, cost: costOf(everything, "API key") },
    ],
  };
};

const program = async (servers: BenchServers, name: string, left: readonly Measure[]): Promise<string> => {
  const image = await buildImage(join(servers.folder, "images", name.replaceAll(/\W+/g, "-")), [
    leaveOut(left),
  ]);
  return image.server;
};

/** The ids of new bookings. */
const makeBookings = async (api: Measured): Promise<string[]> => {
  const { POST } = exchanges([]);
  const ids: string[] = [];
  for (let made = 0; made < bookingsToRead; made += 1) {
    const { data } = z.object({ id: z.uuid() }).safeParse(await api.ask(POST));
    if (!data) throw new CommandError("A booking that was made has no id.");
    ids.push(data.id);
  }
  return ids;
};

const spread = (numbers: readonly number[]): Spread => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return { min: at(0), median: at(Math.floor(sorted.length / 2)), max: at(sorted.length - 1) };
};
