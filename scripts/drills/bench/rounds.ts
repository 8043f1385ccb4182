import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { scratchSchemas } from "../../../app/contract/database-users.ts";
import type { At } from "../../cli/progress.ts";
import { count, counted, size } from "../../cli/words.ts";
import { dropPair } from "../../ops/database/scratch.ts";
import { type Login, withSession } from "../../ops/database/session.ts";
import { type DrillServer, prepare, withServers } from "../pitr/servers.ts";
import { seedBookings } from "../pitr/writer.ts";
import { inOwnProcess, type Measured } from "./own-process.ts";
import { type Phase, phases, type Task } from "./phases.ts";

/** What each phase is compared with, in the same run. */
const baselines: Partial<Record<Phase, Phase>> = {
  backup: "plain dump",
  "proven backup": "backup",
  "wholly proven backup": "backup",
  show: "plain dump",
  restore: "plain load",
};

const batch = 50_000;

/** What the rounds found: medians. */
export interface Results {
  bookings: number;
  rounds: number;
  server: string;
  bytes: { "plain dump": number; backup: number };
  phases: Record<Phase, Measured>;
}

/** Does all phases in turn, round by round. */
export const measure = (bookings: number, rounds: number, at: At): Promise<Results> =>
  withServers(async ({ source, target, folder, age }) => {
    await fill(source, bookings, at);
    const paths = {
      plain: join(folder, "plain.sql"),
      file: join(folder, "backup"),
      proven: join(folder, "proven"),
      wholly: join(folder, "wholly"),
    };
    const task: Task = { source: source.login, second: target.login, ...paths, ...age };
    const measured = new Map<Phase, Measured[]>();
    let bytes = { "plain dump": 0, backup: 0 };
    // Each round does everything, so that a machine that is slower for a while is so for all alike.
    for (let round = 0; round < rounds; round += 1) {
      for (const path of Object.values(paths)) rmSync(path, { force: true });
      for (const phase of Object.keys(phases) as Phase[]) {
        at(`round ${round + 1} of ${rounds}, ${phase}`);
        measured.set(phase, [...(measured.get(phase) ?? []), await inOwnProcess(phase, task)]);
        if (phase === "plain load" || phase === "restore") await clear(target.login);
      }
      bytes = { "plain dump": statSync(paths.plain).size, backup: statSync(paths.file).size };
    }
    const medians = Object.fromEntries([...measured].map(([phase, all]) => [phase, median(all)]));
    return {
      bookings,
      rounds,
      server: source.server.version,
      bytes,
      phases: medians as Record<Phase, Measured>,
    };
  });

const fill = async (source: DrillServer, bookings: number, at: At): Promise<void> => {
  await prepare(source);
  await withSession(source.login, async (session) => {
    for (let from = 0; from < bookings; from += batch) {
      at(`${count(from)} of ${count(bookings)} bookings made`);
      await seedBookings(session, Math.min(batch, bookings - from), from);
    }
  });
};

const clear = (login: Login): Promise<void> =>
  withSession(login, (session) => dropPair(session, scratchSchemas.restored));

const median = (all: readonly Measured[]): Measured => {
  const middle = (numbers: number[]) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
  return {
    seconds: middle(all.map(({ seconds }) => seconds)),
    peakBytes: middle(all.map((one) => one.peakBytes)),
  };
};

/** What the rounds found, as a table. */
export const report = ({ bookings, rounds, server, bytes, phases: found }: Results): string => {
  const line = (phase: Phase, what: string): string => {
    const { seconds, peakBytes } = found[phase];
    const baseline = baselines[phase];
    const ratio = baseline ? `${(seconds / found[baseline].seconds).toFixed(2)} × ${baseline}` : "";
    return `  ${what.padEnd(30)} ${seconds.toFixed(2).padStart(7)} s   ${size(peakBytes).padStart(9)}   ${ratio}`.trimEnd();
  };
  return [
    `${count(bookings)} bookings, MySQL ${server}, medians of ${counted(rounds, "round")}`,
    `  ${"".padEnd(30)} ${"time".padStart(9)}   peak mem.   against the baseline`,
    line("plain dump", "plain dump (baseline)"),
    line("backup", "backup: compressed, encrypted"),
    line("proven backup", "… a sample proven (the default)"),
    line("wholly proven backup", "… every row proven"),
    line("show", "backup read to its end"),
    line("plain load", "plain load (baseline)"),
    line("restore", "restore and verify every row"),
    line("nothing", "the program, doing nothing"),
    `  size: backup ${size(bytes.backup)}, plain dump ${size(bytes["plain dump"])}: ${(bytes.backup / bytes["plain dump"]).toFixed(2)} × plain dump`,
  ].join("\n");
};
