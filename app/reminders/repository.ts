import { sql } from "kysely";
import { statement, written } from "../platform/database/statement.ts";
import type { ReminderSettingsTable, RemindersTable } from "./table.ts";

type Reminder = RemindersTable;
/** How many a look at the database finds at once. */
const atOnce = 100;

export const readSettings = statement([], (db) =>
  db
    .selectFrom("reminder_settings")
    .innerJoin("organisations", "organisations.id", "organisation_id")
    .selectAll("reminder_settings")
    .select("organisations.name"),
);
export type Settings = ReminderSettingsTable & { name: string };

/** Bookings of an organisation that start within a time and of which nobody was reminded yet. */
export const readDue = statement(
  ["organisation_id", "now", "until"],
  (db, { organisation_id, now, until }: { organisation_id: Buffer; now: string; until: string }) =>
    db
      .selectFrom("bookings")
      .leftJoin("reminders", (join) =>
        join
          .onRef("reminders.booking_id", "=", "bookings.id")
          .onRef("reminders.starts_at", "=", "bookings.starts_at")
          .onRef("reminders.phone", "=", "bookings.client_phone"),
      )
      .leftJoin("sms_opt_outs", "sms_opt_outs.phone", "bookings.client_phone")
      .select("bookings.id")
      .where("bookings.organisation_id", "=", organisation_id)
      .where("bookings.status", "=", "confirmed")
      .where("bookings.starts_at", ">", now)
      .where("bookings.starts_at", "<=", until)
      .where("reminders.id", "is", null)
      .where("sms_opt_outs.phone", "is", null)
      .orderBy("bookings.starts_at")
      .limit(atOnce),
);

/** What was surely not sent, and is to be tried again by now. */
export const readRetries = statement(["now"], (db, { now }: { now: string }) =>
  db
    .selectFrom("reminders")
    .select("booking_id")
    .where("state", "=", "retry")
    .where("since", "<=", now)
    .orderBy("since")
    .limit(atOnce),
);

export const lockBooking = statement(["id"], (db, { id }: { id: Buffer }) =>
  db
    .selectFrom("bookings")
    .select(["id", "organisation_id", "status", "starts_at", "client_phone"])
    .where("id", "=", id)
    .forUpdate(),
);

export const readReminder = statement(
  ["booking_id", "starts_at", "phone"],
  (db, { booking_id, starts_at, phone }: Pick<Reminder, "booking_id" | "starts_at" | "phone">) =>
    db
      .selectFrom("reminders")
      .selectAll()
      .where("booking_id", "=", booking_id)
      .where("starts_at", "=", starts_at)
      .where("phone", "=", phone),
);

export const readOptOut = statement(["phone"], (db, { phone }: { phone: string }) =>
  db.selectFrom("sms_opt_outs").select("phone").where("phone", "=", phone),
);

export const insertOptOut = statement(["phone", "since"], (db, row: { phone: string; since: string }) =>
  db.insertInto("sms_opt_outs").ignore().values(row),
);

export const deleteOptOut = statement(["phone"], (db, { phone }: { phone: string }) =>
  db.deleteFrom("sms_opt_outs").where("phone", "=", phone),
);

export const insertReminder = statement(
  [
    "id",
    "organisation_id",
    "booking_id",
    "starts_at",
    "phone",
    "state",
    "since",
    "attempts",
    "provider_id",
    "error",
  ],
  (db, row: Reminder) => db.insertInto("reminders").values(row),
);

/** What became of an attempt, unless Twilio has told more meanwhile. */
export const endAttempt = statement(
  ["id", "state", "since", "attempts", "provider_id", "error"],
  (db, row: Pick<Reminder, "id" | "state" | "since" | "attempts" | "provider_id" | "error">) =>
    db
      .updateTable("reminders")
      .set({
        state: row.state,
        since: row.since,
        attempts: row.attempts,
        provider_id: row.provider_id,
        error: row.error,
      })
      .where("id", "=", row.id)
      .where("state", "in", ["sending", "unknown", "retry"]),
);

type Event = Pick<Reminder, "id" | "state" | "since" | "error"> & { provider_id: string };

/** What Twilio tells: it only leads on, and of the message that the reminder stands for, so that a repetition changes nothing. */
const eventFrom = (from: readonly Reminder["state"][]) =>
  statement(["id", "state", "since", "error", "provider_id"], (db, event: Event) =>
    db
      .updateTable("reminders")
      .set({ state: event.state, since: event.since, error: event.error, provider_id: event.provider_id })
      .where("id", "=", event.id)
      .where("state", "in", from)
      .where(sql<boolean>`(provider_id is null or provider_id = ${event.provider_id})`),
  );
export const takeSent = eventFrom(["sending", "unknown"]);
export const takeEnd = eventFrom(["sending", "unknown", "sent"]);

/** An attempt whose process ended: nobody knows whether Twilio got it. */
export const giveUpAttempts = statement(
  ["now", "before"],
  (db, { now, before }: { now: string; before: string }) =>
    db
      .updateTable("reminders")
      .set({ state: "unknown", since: now, error: "worker_ended" })
      .where("state", "=", "sending")
      .where("since", "<", before),
);

/** Bookings that moved or ended while their reminder was to be tried again. */
export const cancelRetries = statement(["now"], (db, { now }: { now: string }) =>
  written(
    db,
    sql`update reminders join bookings on bookings.id = reminders.booking_id
      set reminders.state = 'cancelled', reminders.since = ${now}
      where reminders.state = 'retry' and (bookings.status <> 'confirmed' or bookings.starts_at <> reminders.starts_at
        or bookings.client_phone <> reminders.phone)`,
  ),
);

/** What could not be sent before its booking began. */
export const giveUpRetries = statement(["now"], (db, { now }: { now: string }) =>
  written(
    db,
    sql`update reminders set state = 'dead', since = ${now} where state = 'retry' and starts_at <= ${now}`,
  ),
);

export const countStates = statement(["from"], (db, { from }: { from: string }) =>
  db
    .selectFrom("reminders")
    .select(["state", (build) => build.fn.countAll<number>().as("count")])
    .where("since", ">=", from)
    .groupBy("state"),
);

/** The newest of those that a person may look at. */
export const readTroubled = statement([], (db) =>
  db
    .selectFrom("reminders")
    .select(["id", "organisation_id", "booking_id", "starts_at", "state", "since", "attempts", "error"])
    .where("state", "in", ["dead", "unknown"])
    .orderBy("since", "desc")
    .limit(20),
);

/** A person wants it tried again. */
export const requeue = statement(["id", "since"], (db, { id, since }: { id: Buffer; since: string }) =>
  db
    .updateTable("reminders")
    .set({ state: "retry", since, attempts: 0, provider_id: null })
    .where("id", "=", id)
    .where("state", "in", ["dead", "unknown"]),
);
export const requeueDead = statement(["since"], (db, { since }: { since: string }) =>
  db
    .updateTable("reminders")
    .set({ state: "retry", since, attempts: 0, provider_id: null })
    .where("state", "=", "dead"),
);

type SettingsOf = Omit<ReminderSettingsTable, "organisation_id"> & { email: string };

/** For the organisation of a user. */
export const switchOn = statement(
  ["email", "time_zone", "lead_minutes", "quiet_from", "quiet_until"],
  (db, given: SettingsOf) =>
    written(
      db,
      sql`replace into reminder_settings (organisation_id, time_zone, lead_minutes, quiet_from, quiet_until)
        select organisation_id, ${given.time_zone}, ${given.lead_minutes}, ${given.quiet_from}, ${given.quiet_until}
        from users where email = ${given.email}`,
    ),
);
export const switchOff = statement(["email"], (db, { email }: { email: string }) =>
  written(
    db,
    sql`delete from reminder_settings where organisation_id = (select organisation_id from users where email = ${email})`,
  ),
);

export const readUser = statement(["email"], (db, { email }: { email: string }) =>
  db.selectFrom("users").select("organisation_id").where("email", "=", email),
);
/** Of those that can be requeued. */
export const readState = statement(["id"], (db, { id }: { id: Buffer }) =>
  db.selectFrom("reminders").select("state").where("id", "=", id).where("state", "in", ["dead", "unknown"]),
);
