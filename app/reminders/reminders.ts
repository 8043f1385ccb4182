import * as z from "zod";
import type { WorkerEnv } from "../contract/env.ts";
import type { Limiter } from "../http/rate-limit/limiter.ts";
import type { Database } from "../platform/database/database.ts";
import { fromDatabaseTime, toDatabaseTime } from "../platform/database/times.ts";
import { idFromBytes, idToBytes } from "../platform/ids.ts";
import type { Logger } from "../platform/logging.ts";
import type { Metrics } from "../platform/metrics.ts";
import type { Jobs, Queues } from "../queue/queue.ts";
import { Claims } from "./claims.ts";
import { dueUntil, isQuiet } from "./quiet-hours.ts";
import {
  cancelRetries,
  countStates,
  giveUpAttempts,
  giveUpRetries,
  readDue,
  readRetries,
  readSettings,
  readTroubled,
  type Settings,
} from "./repository.ts";
import type { SmsProvider } from "./sms.ts";
import { type ReminderState, reminderStates } from "./table.ts";

export interface RemindersOptions {
  env: Pick<WorkerEnv, "PUBLIC_HOST" | "REMINDER_SCAN_SECONDS">;
  database: Database;
  /** Whether there are credentials to send with. */
  enabled(): boolean;
  sms: SmsProvider;
  limits: { all: Limiter; number: Limiter };
  logger: Logger;
  metrics: Metrics;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** An attempt that is older has ended with its process: it may take seconds. */
const attemptsEndMs = 60_000;
const dayMs = 86_400_000;
const job = z.object({ booking: z.uuid() });

/** Reminds clients of bookings by SMS, at most once each (A16): docs/reminders.md says how. */
export class Reminders {
  readonly #options: RemindersOptions;
  readonly #claims: Claims;
  readonly #now: () => number;

  constructor(options: RemindersOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#claims = new Claims(options.database, this.#now);
    options.metrics.onScrape(() => this.#measure());
    if (!options.enabled())
      options.logger.info("reminders are off: the secret twilio holds no credentials yet");
  }

  /** Begins to look for what is due, and to send it. */
  start(queues: Queues): void {
    const jobs = queues.register({
      name: "reminders",
      data: job,
      concurrency: 4,
      work: ({ booking }) => this.send(booking),
    });
    queues.register({
      name: "reminders-scan",
      data: z.object({}),
      everyMs: this.#options.env.REMINDER_SCAN_SECONDS * 1_000,
      work: () => this.scan(jobs),
    });
  }

  /** Adds a job for each reminder whose time has come. A job too many finds nothing to send. */
  async scan(jobs: Jobs<z.infer<typeof job>>): Promise<void> {
    const { database, enabled } = this.#options;
    const now = this.#time();
    await database.transaction(async (db) => {
      await giveUpAttempts(db, { now, before: this.#time(-attemptsEndMs) });
      await cancelRetries(db, { now });
      await giveUpRetries(db, { now });
    });
    if (!enabled()) return;
    const found = await database.read((db) => readRetries(db, { now }));
    const bookings = found.map(({ booking_id }) => booking_id);
    for (const settings of await this.#settings()) {
      const until = dueUntil(settings, this.#now());
      if (until === undefined) continue;
      const { organisation_id } = settings;
      const due = { organisation_id, now, until: toDatabaseTime(new Date(until)) };
      bookings.push(...(await database.read((db) => readDue(db, due))).map(({ id }) => id));
    }
    await jobs.add(
      bookings.map(idFromBytes).map((booking) => ({ id: `booking-${booking}`, data: { booking } })),
    );
  }

  /** Sends the reminder of a booking, if it is due and nobody else does. */
  async send(booking: string): Promise<void> {
    const { enabled, limits, sms, logger, metrics, env } = this.#options;
    if (!enabled()) return;
    const claim = await this.#claims.take(idToBytes(booking));
    if (claim === undefined) return;
    const settings = (await this.#settings()).find(({ organisation_id }) =>
      organisation_id.equals(claim.organisation_id),
    );
    if (settings === undefined || isQuiet(settings, this.#now()))
      return this.#claims.putOff(claim, "quiet_hours", 15 * 60_000);
    for (const [name, limit, client] of [
      ["number", limits.number, claim.phone],
      ["all", limits.all, "all"],
    ] as const) {
      const { allowed, resetSeconds } = await limit.decide(client);
      if (!allowed) return this.#claims.putOff(claim, `limit_${name}`, resetSeconds * 1_000);
    }
    const id = idFromBytes(claim.id);
    const { PUBLIC_HOST: host } = env;
    const outcome = await sms.send({
      to: claim.phone,
      text: textOf(settings, fromDatabaseTime(claim.starts_at)),
      statusUrl: host === undefined ? undefined : `https://${host}/v1/sms/events?reminder=${id}`,
    });
    metrics.smsAttempts.inc({ outcome: outcome.kind });
    const { kind, ...details } = outcome;
    if (kind !== "sent") logger.warn({ reminder: id, outcome: kind, ...details }, "reminder not sent");
    await this.#claims.end(claim, outcome);
  }

  /** For /status: the last day's by state, and those that a person may look at. */
  async state() {
    const { database, enabled, sms } = this.#options;
    try {
      const [counts, troubled] = await database.read(async (db) => [
        await countStates(db, { from: this.#time(-dayMs) }),
        await readTroubled(db, {}),
      ]);
      return {
        on: enabled(),
        ...(!enabled() && { why: "the secret twilio holds no credentials" }),
        provider: sms.state,
        lastDay: Object.fromEntries(counts.map(({ state, count }) => [state, Number(count)])),
        troubled: troubled.map(({ id, booking_id, state, since, attempts, error }) => ({
          id: idFromBytes(id),
          booking: idFromBytes(booking_id),
          state,
          since: fromDatabaseTime(since),
          attempts,
          error,
        })),
      };
    } catch {
      // /status is what one looks at when the database is down.
      return { on: enabled(), provider: sms.state };
    }
  }

  /** How many of the SMS whose end is known were delivered, and how many are in each state. */
  async #measure(): Promise<void> {
    const { database, metrics } = this.#options;
    const from = this.#time(-dayMs);
    const rows = await database.read((db) => countStates(db, { from })).catch(() => undefined);
    if (rows === undefined) return;
    const of = (state: ReminderState) => Number(rows.find((row) => row.state === state)?.count ?? 0);
    for (const state of reminderStates) metrics.reminders.set({ state }, of(state));
    const [delivered, failed] = [of("delivered"), of("failed")];
    metrics.smsDeliveryRate.set(delivered + failed === 0 ? Number.NaN : delivered / (delivered + failed));
  }

  #settings(): Promise<Settings[]> {
    return this.#options.database.read((db) => readSettings(db, {}));
  }

  #time(laterMs = 0): string {
    return toDatabaseTime(new Date(this.#now() + laterMs));
  }
}

/** One SMS long where the name is of the usual letters. */
function textOf({ name, time_zone: timeZone }: Settings, startsAt: string): string {
  const when = new Intl.DateTimeFormat("en-GB", { timeZone, dateStyle: "medium", timeStyle: "short" });
  return `Reminder from ${name.slice(0, 60)}: your booking is on ${when.format(new Date(startsAt))} (${timeZone}). Reply STOP to get no more.`;
}
