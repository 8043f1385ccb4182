import type { DatabaseAccess } from "../platform/database/database.ts";
import { toDatabaseTime } from "../platform/database/times.ts";
import { idToBytes, newId } from "../platform/ids.ts";
import {
  endAttempt,
  insertOptOut,
  insertReminder,
  lockBooking,
  readOptOut,
  readReminder,
} from "./repository.ts";
import type { SmsOutcome } from "./sms.ts";
import type { RemindersTable } from "./table.ts";

/** Attempts that surely did not send, before a person has to look. */
const mostAttempts = 6;
const [firstPauseMs, longestPauseMs] = [30_000, 15 * 60_000];

/** A reminder that this process alone may send now. */
export type Claim = Pick<RemindersTable, "id" | "starts_at" | "phone" | "attempts" | "organisation_id">;

/**
 * Says who sends what, in the database: a reminder is written down as being sent before Twilio hears of it, and nothing that is written down
 * so is sent again, whatever becomes of this process.
 */
export class Claims {
  readonly #database: DatabaseAccess;
  readonly #now: () => number;

  /** @param now milliseconds since 1970. */
  constructor(database: DatabaseAccess, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** Undefined where there is nothing to send: the booking ended or began, its client wants none, or another process has it. */
  take(bookingId: Buffer): Promise<Claim | undefined> {
    return this.#database.transaction(async (db) => {
      // A second process waits for this lock; its transaction reads nothing before, so that it then sees the first one's row.
      const [booking] = await lockBooking(db, { id: bookingId });
      const now = this.#time();
      if (booking === undefined || booking.status !== "confirmed" || booking.starts_at <= now)
        return undefined;
      const { organisation_id, starts_at, client_phone: phone } = booking;
      const [known] = await readReminder(db, { booking_id: bookingId, starts_at, phone });
      if (known !== undefined && (known.state !== "retry" || known.since > now)) return undefined;
      if ((await readOptOut(db, { phone })).length > 0) return undefined;
      const attempts = (known?.attempts ?? 0) + 1;
      const sending = { state: "sending", since: now, attempts, provider_id: null, error: null } as const;
      const id = known?.id ?? idToBytes(newId());
      if (known) await endAttempt(db, { id, ...sending });
      else
        await insertReminder(db, {
          id,
          organisation_id,
          booking_id: bookingId,
          starts_at,
          phone,
          ...sending,
        });
      return { id, organisation_id, starts_at, phone, attempts };
    });
  }

  /** Writes down what became of it. */
  async end({ id, phone, attempts }: Claim, outcome: SmsOutcome): Promise<void> {
    const since = this.#time();
    const row = { id, since, attempts, provider_id: null, error: null };
    await this.#database.transaction(async (db) => {
      if (outcome.kind === "sent")
        return endAttempt(db, { ...row, state: "sent", provider_id: outcome.providerId ?? null });
      const { error } = outcome;
      if (outcome.kind === "unknown") return endAttempt(db, { ...row, state: "unknown", error });
      if (outcome.optedOut) await insertOptOut(db, { phone, since });
      if (outcome.final || attempts >= mostAttempts) return endAttempt(db, { ...row, state: "dead", error });
      return endAttempt(db, { ...row, state: "retry", error, since: this.#time(pauseMs(attempts)) });
    });
  }

  /** Not even tried: the attempt does not count. */
  async putOff({ id, attempts }: Claim, error: string, pauseMs: number): Promise<void> {
    const row = { id, attempts: attempts - 1, provider_id: null, error };
    await this.#database.transaction((db) =>
      endAttempt(db, { ...row, state: "retry", since: this.#time(pauseMs) }),
    );
  }

  #time(laterMs = 0): string {
    return toDatabaseTime(new Date(this.#now() + laterMs));
  }
}

/** Twice as long each time, by up to a half more or less, so that what failed together does not come back together. */
const pauseMs = (attempts: number): number =>
  Math.min(longestPauseMs, firstPauseMs * 2 ** (attempts - 1)) * (0.5 + Math.random());
