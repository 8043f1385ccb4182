import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { WebSocket } from "ws";
import { buildImage } from "../../../app/build.ts";
import { liveUpdates } from "../../../app/contract/live-updates.ts";
import { CommandError } from "../../cli/errors.ts";
import type { At } from "../../cli/progress.ts";
import { exchanges } from "./exchanges.ts";
import { type Exchange, forwarded, type Measured, startMeasured, type Usage } from "./measured.ts";
import type { BenchServers } from "./servers.ts";

/** What WebSockets cost two replicas. */
export interface SocketResults {
  /** On each replica. */
  sockets: number;
  /** Of a replica, once they are gone and with them. */
  memory: { without: Usage; with: Usage };
  /** CPU of a handshake, µs; of an idle replica, as a share of a core. */
  handshakeCpuUs: number;
  idleCpu: number;
  /** Milliseconds from sending a change to one replica until clients have it, on that replica and on the other. */
  same: Latency;
  other: Latency;
  /** Messages, and CPU of the replica that took the change for each message to one socket, µs. */
  messages: number;
  deliveryCpuUs: number;
  /** Messages until a client that never reads was dropped, and bytes that objects and buffers took then more than before. */
  silent: { messages: number; bytes: number };
}

interface Latency {
  median: number;
  p99: number;
}

const warmUpRequests = 2_000;
const openedAtOnce = 50;
const messages = 100;
const batchOfMessages = 100;
const settleMs = 5_000;
const idleMs = 10_000;
const deadlineMs = 30_000;
/** The largest booking there is, so that the system's own buffers fill soon. */
const largest = { notes: "\u{1f4c5}".repeat(250) };

export const measureSockets = async (
  servers: BenchServers,
  sockets: number,
  at: At,
): Promise<SocketResults> => {
  at("programs");
  const { server } = await buildImage(join(servers.folder, "image"));
  const replicas = [
    await startMeasured("replica-1", server, servers),
    await startMeasured("replica-2", server, servers),
  ] as const;
  const post = { ...exchanges([]).POST, credential: "API key" as const };
  // V8 takes memory while it compiles what it meets often.
  at("warm-up");
  await replicas[0].cpuPerRequest(post, warmUpRequests);
  await pause(settleMs);
  const begun = await replicas[0].usage();
  const arrived: number[][] = [[], []];
  const clients: WebSocket[] = [];
  for (const [index, replica] of replicas.entries()) {
    at(`${sockets} WebSockets on ${replica.name}`);
    clients.push(
      ...(await openAll(replica, servers, sockets, () => arrived[index]?.push(performance.now()))),
    );
  }
  const opened = await replicas[0].usage();
  at("idle");
  await pause(settleMs);
  const full = await replicas[0].usage("after collection");
  const [idle, idleSince] = [await replicas[0].usage(), performance.now()];
  await pause(idleMs);
  const after = await replicas[0].usage();
  const idleCpu = (after.cpuUs - idle.cpuUs) / 1_000 / (performance.now() - idleSince);
  at(`${messages} messages`);
  const taken: [number[], number[]] = [[], []];
  for (let made = 0; made < messages; made++) {
    const sent = performance.now();
    await replicas[0].ask(post);
    await until(() => arrived.every(({ length }) => length >= sockets));
    for (const [index, times] of taken.entries())
      times.push(...(arrived[index]?.splice(0) ?? []).map((time) => time - sent));
  }
  const done = await replicas[0].usage();
  for (const client of clients) client.terminate();
  await pause(settleMs);
  const without = await replicas[0].usage("after collection");
  const silent = await measureSilent(replicas[0], servers, post, at);
  for (const replica of replicas) await replica.stop();
  return {
    sockets,
    memory: { without, with: full },
    handshakeCpuUs: (opened.cpuUs - begun.cpuUs) / sockets,
    idleCpu,
    same: latency(taken[0]),
    other: latency(taken[1]),
    messages,
    deliveryCpuUs: (done.cpuUs - after.cpuUs) / messages / sockets,
    silent,
  };
};

/** One client that never reads, beside one that does. */
const measureSilent = async (replica: Measured, servers: BenchServers, post: Exchange, at: At) => {
  at("a client that never reads");
  let heard = 0;
  await open(replica, servers, () => heard++);
  const client = await open(replica, servers, () => undefined);
  client.pause();
  await pause(settleMs);
  const { usedBytes: before } = await replica.usage("after collection");
  let [sent, most] = [0, before];
  const largePost: Exchange = {
    ...post,
    body: () => JSON.stringify({ ...JSON.parse(post.body?.() ?? "{}"), ...largest }),
  };
  while ((await replica.webSockets()) > 1) {
    await replica.cpuPerRequest(largePost, batchOfMessages);
    sent += batchOfMessages;
    most = Math.max(most, (await replica.usage("after collection")).usedBytes);
    if (sent > 20_000) throw new CommandError("A client that never reads was not dropped.");
  }
  await until(() => heard === sent);
  return { messages: sent, bytes: most - before };
};

const openAll = async (replica: Measured, servers: BenchServers, count: number, heard: () => void) => {
  const clients: WebSocket[] = [];
  while (clients.length < count) {
    const batch = Math.min(openedAtOnce, count - clients.length);
    clients.push(...(await Promise.all(Array.from({ length: batch }, () => open(replica, servers, heard)))));
  }
  return clients;
};

/** @param heard called for each change. */
const open = async (replica: Measured, servers: BenchServers, heard: () => void): Promise<WebSocket> => {
  const authorization = `Bearer ${await servers.credentials["API key"]()}`;
  const socket = new WebSocket(`ws://127.0.0.1:${replica.port}${liveUpdates.path}`, {
    headers: { ...forwarded, authorization },
    perMessageDeflate: false,
  });
  socket.on("message", (data: Buffer) => data.includes('"booking.') && heard());
  // Present, and told so.
  await once(socket, "message");
  socket.on("error", () => undefined);
  return socket;
};

const until = async (reached: () => boolean): Promise<void> => {
  const deadline = performance.now() + deadlineMs;
  while (!reached()) {
    if (performance.now() > deadline) throw new CommandError("Messages did not arrive.");
    await pause(1);
  }
};

const latency = (times: number[]): Latency => {
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? Number.NaN;
  return { median: at(0.5), p99: at(0.99) };
};

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const memoryOf = ({ usedBytes, residentBytes }: Usage): string =>
  `${mib(usedBytes)} used of ${mib(residentBytes)} resident`;
const ms = ({ median, p99 }: Latency): string => `median ${median.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;

/** The results, as text. */
export const socketReport = (results: SocketResults): string => {
  const { sockets, memory, handshakeCpuUs, idleCpu, same, other, silent } = results;
  const each = (memory.with.usedBytes - memory.without.usedBytes) / sockets / 1_024;
  return [
    `${sockets} WebSockets on each of two replicas; their ${2 * sockets} clients are one process on this machine`,
    `  memory of a replica        without: ${memoryOf(memory.without)}; with: ${memoryOf(memory.with)}: ${each.toFixed(1)} KiB each`,
    `  CPU of a handshake         ${handshakeCpuUs.toFixed(0)} µs`,
    `  CPU while nothing happens  ${(idleCpu * 100).toFixed(1)} % of a core`,
    `  from change to client      same replica: ${ms(same)}; other replica: ${ms(other)}; ${results.messages} changes, each to all`,
    `  CPU for each delivery      ${results.deliveryCpuUs.toFixed(1)} µs`,
    `  a client that never reads  dropped after at most ${silent.messages} messages, which took at most ${mib(silent.bytes)}`,
  ].join("\n");
};
