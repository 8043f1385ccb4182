import { join } from "node:path";
import * as z from "zod";
import { buildImage } from "../../../app/build.ts";
import { CommandError } from "../../cli/errors.ts";
import type { At } from "../../cli/progress.ts";
import { additions, bare, builds, type Comparison, open, type Question, ratios } from "./comparisons.ts";
import { type Exchanges, exchanges } from "./exchanges.ts";
import { type Interval, intervalOf } from "./interval.ts";
import { type Measured, startMeasured } from "./measured.ts";
import { leaveOut } from "./measures.ts";
import type { BenchServers } from "./servers.ts";

export interface Options {
  /** How often the programs start anew. */
  rounds: number;
  /** How often a round asks each question. */
  turns: number;
  /** Requests in a turn. */
  requests: number;
  /** Compares only what something is promised of. */
  promised: boolean;
}

export interface Finding {
  name: string;
  /** CPU of each of the two for a request, µs: medians over the rounds. */
  of: number;
  against: number;
  /** Their ratio or difference: round by round, or turn by turn where one process answers both. */
  value: Interval;
  promised?: number | undefined;
}

export type Results = Options & {
  /** Version of the MySQL server. */
  server: string;
  ratios: Finding[];
  additions: Finding[];
};

/** Whether all of the interval is within what is promised. */
export const isKept = ({ value, promised }: Finding): boolean =>
  promised === undefined || value.high <= promised;

/** Requests before anything counts: V8 compiles what it meets often. */
const warmUpRequests = 6_000;
const bookingsToRead = 200;
const bareServer = join(import.meta.dirname, "bare-server.ts");

/** CPU of each question in each turn of one round, µs per request. */
type Round = ReadonlyMap<string, readonly number[]>;
const keyOf = ({ program, kind, credential }: Question): string => [program, kind, credential].join();

/**
 * Asks all programs in turn, few requests at a time and in another order each time, so that a machine that is slower for a while is
 * so for all alike. V8 compiles the same program into slower or faster code each time it starts, so a round starts all anew, and the
 * median of its turns is one figure of each. What one process answers is compared turn by turn, since both share that code.
 */
export const measure = async (servers: BenchServers, options: Options, at: At): Promise<Results> => {
  at("programs");
  const added = additions.filter(({ promised }) => promised !== undefined || !options.promised);
  const every = [...ratios, ...added].flatMap((comparison) => [comparison.of, comparison.against]);
  const questions = [...new Map(every.map((question) => [keyOf(question), question])).values()];
  const programs = await build(servers, new Set(questions.map(({ program }) => program)));
  let bookings: readonly string[] | undefined;
  const rounds: Round[] = [];
  while (rounds.length < options.rounds) {
    at(`round ${rounds.length + 1} of ${options.rounds}`);
    const running = new Map<string, Measured>();
    for (const [name, program] of programs) running.set(name, await startMeasured(name, program, servers));
    bookings ??= await makeBookings(programOf(running, open));
    rounds.push(await ask(running, questions, exchanges(bookings), options));
    for (const program of running.values()) await program.stop();
  }
  const find = (combine: (of: number, against: number) => number) => (comparison: Comparison) =>
    findingOf(comparison, rounds, combine);
  return {
    ...options,
    server: servers.version,
    ratios: ratios.map(find((of, against) => of / against)),
    additions: added.map(find((of, against) => of - against)),
  };
};

const findingOf = (
  { name, of, against, promised }: Comparison,
  rounds: readonly Round[],
  combine: (of: number, against: number) => number,
): Finding => {
  const turns = (question: Question) => rounds.map((round) => round.get(keyOf(question)) ?? []);
  const medians = (question: Question) => turns(question).map((figures) => intervalOf(figures).median);
  const figuresOf = of.program === against.program ? (question: Question) => turns(question).flat() : medians;
  const [those, these] = [figuresOf(of), figuresOf(against)];
  const values = those.map((figure, index) => combine(figure, these[index] ?? Number.NaN));
  return {
    name,
    of: intervalOf(those).median,
    against: intervalOf(these).median,
    value: intervalOf(values),
    promised,
  };
};

const build = async (servers: BenchServers, asked: ReadonlySet<string>): Promise<Map<string, string>> => {
  const programs = new Map([[bare, bareServer]]);
  for (const [name, left] of builds) {
    if (!asked.has(name)) continue;
    const folder = join(servers.folder, "images", name.replaceAll(/\W+/g, "-"));
    programs.set(name, (await buildImage(folder, [leaveOut(left)])).server);
  }
  return programs;
};

const ask = async (
  running: ReadonlyMap<string, Measured>,
  questions: readonly Question[],
  asked: Exchanges,
  { turns, requests }: Options,
): Promise<Round> => {
  const cpu = ({ program, kind, credential }: Question, count: number) =>
    programOf(running, program).cpuPerRequest({ ...asked[kind], credential }, count);
  for (const question of questions) await cpu(question, warmUpRequests);
  const found = new Map<string, number[]>(questions.map((question) => [keyOf(question), []]));
  for (let turn = 0; turn < turns; turn += 1)
    for (const question of shuffled(questions))
      found.get(keyOf(question))?.push(await cpu(question, requests));
  return found;
};

const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, place: Math.random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item);

const programOf = (running: ReadonlyMap<string, Measured>, name: string): Measured => {
  const program = running.get(name);
  if (program === undefined) throw new Error(`no program is called ${name}`);
  return program;
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
