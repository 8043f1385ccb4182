import { type Kysely, sql } from "kysely";
import { hasColumn, hasIndex } from "./present.ts";

/**
 * Indexes for every filter and for the search of the list.
 *
 * The search looks for the beginnings of texts, which an index finds: of the client's name and of what follows its first and its
 * second word, of the e-mail address, and of the phone number read from its end. The server computes these columns itself, so the
 * version before, which does not know them, keeps them right as well; and they are invisible, so that it does not read them. Each
 * index begins with the organisation: a search passes over no other organisation's rows.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  if (!(await hasColumn(db, "bookings", "client_name_from_2"))) {
    await sql`
      alter table bookings
        add column client_name_from_2 varchar(100) generated always as (
          nullif(substring(client_name, char_length(substring_index(client_name, ' ', 1)) + 2), '')) virtual invisible,
        add column client_name_from_3 varchar(100) generated always as (
          nullif(substring(client_name, char_length(substring_index(client_name, ' ', 2)) + 2), '')) virtual invisible,
        add column client_phone_reversed varchar(16) generated always as (reverse(client_phone)) virtual invisible,
        algorithm=instant
    `.execute(db);
  }
  if (!(await hasIndex(db, "bookings", "bookings_by_status"))) {
    await sql`
      alter table bookings
        add key bookings_by_status (organisation_id, status, starts_at, id),
        add key bookings_by_name (organisation_id, client_name, starts_at, id),
        add key bookings_by_name_from_2 (organisation_id, client_name_from_2, starts_at, id),
        add key bookings_by_name_from_3 (organisation_id, client_name_from_3, starts_at, id),
        add key bookings_by_email (organisation_id, client_email, starts_at, id),
        add key bookings_by_phone (organisation_id, client_phone_reversed, starts_at, id),
        algorithm=inplace, lock=none
    `.execute(db);
  }
  if (await hasIndex(db, "bookings", "bookings_by_time")) {
    await sql`alter table bookings drop key bookings_by_time, algorithm=inplace, lock=none`.execute(db);
  }
}

/** Each query of the version before has an index without it: the list is read by start. */
export const contracts = "No query needs bookings_by_time since release 0.1.0.";

export async function down(db: Kysely<unknown>): Promise<void> {
  if (!(await hasColumn(db, "bookings", "status"))) return;
  if (!(await hasIndex(db, "bookings", "bookings_by_time"))) {
    await sql`
      alter table bookings
        add key bookings_by_time (organisation_id, status, starts_at, ends_at),
        algorithm=inplace, lock=none
    `.execute(db);
  }
  if (await hasIndex(db, "bookings", "bookings_by_status")) {
    await sql`
      alter table bookings
        drop key bookings_by_status, drop key bookings_by_name, drop key bookings_by_name_from_2,
        drop key bookings_by_name_from_3, drop key bookings_by_email, drop key bookings_by_phone,
        algorithm=inplace, lock=none
    `.execute(db);
  }
  if (await hasColumn(db, "bookings", "client_name_from_2")) {
    await sql`
      alter table bookings
        drop column client_name_from_2, drop column client_name_from_3, drop column client_phone_reversed,
        algorithm=instant
    `.execute(db);
  }
}
