import type { At, Console } from "../../cli/progress.ts";
import { percentile } from "../load/figures.ts";
import { type ApiAddresses, ask, lifeOf } from "./addresses.ts";
import { booking, type Scene } from "./attacks.ts";
import { areListed, isUnchanged, made, page, survivors } from "./checks.ts";
import { exchange, type Shot, withKey } from "./exchange.ts";
import { faultOf, patienceMs } from "./judge.ts";
import { type Kind, shotOf } from "./kinds.ts";
import type { Entry } from "./ledger.ts";

export interface AttackOptions {
  addresses: ApiAddresses;
  kinds: readonly Kind[];
  /** Cases of each kind; those of a kind have the seeds from `seed` on. */
  count: number;
  seed: number;
  /** Time after which no case is begun, seconds. */
  seconds: number;
  signal: AbortSignal;
  console: Console;
}

export interface AttackResult {
  ledger: Entry[];
  faults: string[];
  skipped: number;
}

/** Connections at a time, each with one case. */
const lanes = 8;

/** Attacks, and compares what was there before with what is there afterwards. */
export const drill = async (options: AttackOptions): Promise<AttackResult> => {
  const { addresses, seed, kinds, console } = options;
  const { balancer, replicas, apiKey } = addresses;
  const email = `attack-${seed}@example.com`;
  const create = async () =>
    made.parse(await ask(balancer, "/v1/bookings", { apiKey, status: 201, body: booking({ email }) }));
  const [kept, changed] = [await create(), await create()];
  const before = await ask(balancer, `/v1/bookings/${kept.id}`, { apiKey });
  const lives = await Promise.all(replicas.map(lifeOf));
  const { nextCursor } = page.parse(await ask(balancer, "/v1/bookings?limit=1", { apiKey }));
  const scene = { id: changed.id, cursor: nextCursor ?? "", email, apiKey };
  const run = new Run(options, scene);
  for (const kind of kinds)
    await console.step(`${kind}: ${options.count} cases`, (at) => run.attack(kind, at));
  const { ledger, skipped } = run;
  const faults = await console.step("What is left of it", async () => [
    ...(await survivors(addresses.replicas, lives, console)),
    ...(await isUnchanged(addresses, kept.id, before)),
    ...(await areListed(addresses, email, ledger, console)),
  ]);
  return { ledger, faults, skipped };
};

/** Sends the cases, and keeps the ledger. */
class Run {
  readonly ledger: Entry[] = [];
  /** Cases for which there was no time. */
  skipped = 0;
  readonly #options: AttackOptions;
  readonly #scene: Scene;
  readonly #deadlineMs: number;

  constructor(options: AttackOptions, scene: Scene) {
    this.#options = options;
    this.#scene = scene;
    this.#deadlineMs = performance.now() + options.seconds * 1_000;
  }

  async attack(kind: Kind, at: At): Promise<void> {
    const { count, seed, signal, console } = this.#options;
    const shotAt = shotOf(kind, this.#scene);
    let next = 0;
    const began = this.ledger.length;
    const lane = async () => {
      while (next < count && performance.now() < this.#deadlineMs) {
        signal.throwIfAborted();
        const own = seed + next++;
        at(`${next} of them`);
        await this.#fire(kind, own, shotAt(own));
      }
    };
    await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
    this.skipped += count - next;
    const entries = this.ledger.slice(began);
    const times = Float64Array.from(entries, ({ answer }) => answer.openMs).sort();
    console.figure("requests", entries.length);
    console.figure("answers", statuses(entries));
    console.figure("p99", `${percentile(times, 0.99).toFixed(0)} ms`);
    console.figure("faults", entries.filter(({ fault }) => fault !== undefined).length);
  }

  async #fire(kind: Kind, seed: number, shot: Shot): Promise<void> {
    const { balancer, replicas, apiKey } = this.#options.addresses;
    const sent = shot.keyless ? shot : { ...shot, bytes: withKey(shot.bytes, apiKey) };
    const address = (shot.direct && replicas[seed % replicas.length]?.api) || balancer;
    const one = async () => {
      const answer = await exchange(address, sent, patienceMs);
      this.ledger.push({ kind, seed, shot, answer, fault: faultOf(shot, answer) });
    };
    await Promise.all(Array.from({ length: shot.times ?? 1 }, one));
  }
}

const statuses = (entries: readonly Entry[]): string => {
  const counts = new Map<number, number>();
  for (const { answer } of entries) counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
  const sorted = [...counts].sort(([one], [other]) => one - other);
  return sorted.map(([status, count]) => `${status || "none"} ${count}×`).join(", ");
};
