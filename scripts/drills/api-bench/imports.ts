import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { request } from "undici";
import { buildImage } from "../../../app/build.ts";
import { CommandError } from "../../cli/errors.ts";
import type { At } from "../../cli/progress.ts";
import { count } from "../../cli/words.ts";
import type { Credential } from "./credentials.ts";
import { type ExchangeName, exchanges } from "./exchanges.ts";
import { type Exchange, forwarded, type Measured, startMeasured } from "./measured.ts";
import type { BenchServers } from "./servers.ts";

/** What one long request costs its replica, and those that ask beside it. */
interface Beside {
  seconds: number;
  /** How much more memory was resident than before, at most. */
  grownBytes: number;
  /** Waits of a client that makes bookings in the same organisation one after the other, and of one that lists them, ms. */
  waits: Record<"POST" | "list of 20", number[]>;
}

/** What an import and the export of the same lines cost. */
export interface ImportResults {
  lines: number;
  import: Beside;
  export: Beside & { bytes: number };
}

const warmUpRequests = 2_000;
const sampleMs = 50;
const hourMs = 3_600_000;
/** Lines that begin at the same time, each of another resource. */
const resources = 50;
const path = "/v1/bookings";

export const measureImport = async (servers: BenchServers, lines: number, at: At): Promise<ImportResults> => {
  at("program");
  const { server } = await buildImage(join(servers.folder, "image"));
  const replica = await startMeasured("replica", server, servers);
  at("warm-up");
  const { POST, "list of 20": list } = exchanges([]);
  const others = { POST: { ...POST, credential }, "list of 20": { ...list, credential } };
  for (const exchange of Object.values(others)) await replica.cpuPerRequest(exchange, warmUpRequests);
  const send = async (method: "GET" | "POST", to: string, body?: Readable) => {
    const authorization = `Bearer ${await servers.credentials["access token"]()}`;
    const headers = { ...forwarded, authorization, accept: "*/*", "content-type": "text/csv" };
    const answer = await request(`http://127.0.0.1:${replica.port}${to}`, {
      method,
      headers,
      body,
      ...patient,
    });
    let bytes = 0;
    for await (const chunk of answer.body) bytes += Buffer.from(chunk).length;
    if (answer.statusCode !== 200)
      throw new CommandError(`${method} ${to} was answered ${answer.statusCode}.`);
    return bytes;
  };
  at(`an import of ${count(lines)} lines`);
  const imported = await beside(replica, others, () =>
    send("POST", `${path}/import`, Readable.from(csv(lines))),
  );
  at("an export");
  const exported = await beside(replica, others, () => send("GET", `${path}/export`));
  await replica.stop();
  return { lines, import: imported, export: { ...exported, bytes: exported.result } };
};

const credential: Credential = "access token";
const patient = { headersTimeout: 0, bodyTimeout: 0 };

/** Does the work, and meanwhile samples the replica's memory and keeps two clients asking. */
const beside = async <Result>(
  replica: Measured,
  others: Record<"POST" | "list of 20", Exchange>,
  work: () => Promise<Result>,
): Promise<Beside & { result: Result }> => {
  const { residentBytes: before } = await replica.usage("after collection");
  let [grownBytes, ended] = [0, false];
  const waits: Beside["waits"] = { POST: [], "list of 20": [] };
  const client = async (kind: Extract<ExchangeName, keyof typeof waits>) => {
    while (!ended) {
      const sent = performance.now();
      await replica.ask(others[kind]);
      waits[kind].push(performance.now() - sent);
      await pause(sampleMs);
    }
  };
  const watch = async () => {
    while (!ended) {
      grownBytes = Math.max(grownBytes, (await replica.usage()).residentBytes - before);
      await pause(sampleMs);
    }
  };
  const begun = performance.now();
  const asked = [client("POST"), client("list of 20"), watch()];
  try {
    const result = await work();
    return { result, seconds: (performance.now() - begun) / 1_000, grownBytes, waits };
  } finally {
    ended = true;
    await Promise.all(asked);
  }
};

function* csv(lines: number): Generator<string> {
  yield "resource,clientName,clientEmail,clientPhone,notes,startsAt,endsAt\n";
  const first = Date.UTC(2031, 0, 1);
  for (let line = 0; line < lines; line++) {
    const start = first + Math.floor(line / resources) * hourMs;
    const times = [start, start + hourMs].map((time) => new Date(time).toISOString());
    yield `Room ${line % resources},Client ${line},client${line}@example.org,+4915112345678,,${times.join()}\n`;
  }
}

/** The results, as text. */
export const importReport = (results: ImportResults): string => {
  const line = (name: string, { seconds, grownBytes, waits }: Beside) => {
    const most = (times: number[]) => `${(Math.max(...times) / 1_000).toFixed(2)} s`;
    return `  ${name.padEnd(8)}${seconds.toFixed(1)} s; memory +${(grownBytes / 2 ** 20).toFixed(0)} MiB; longest wait beside it: a POST ${most(waits.POST)} (of ${waits.POST.length}), a list ${most(waits["list of 20"])} (of ${waits["list of 20"].length})`;
  };
  return [
    `${count(results.lines)} lines, beside two clients of the same organisation`,
    line("import", results.import),
    line("export", results.export),
  ].join("\n");
};
