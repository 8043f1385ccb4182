import { type Kysely, sql } from "kysely";

/**
 * Who is reminded how (an organisation without a row reminds nobody), what became of each reminder, and who wants none. A reminder that is
 * still to come has no row: the booking says that it is due, so it moves and ends with the booking.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists reminder_settings (
      organisation_id binary(16) not null primary key,
      time_zone varchar(64) character set ascii collate ascii_bin not null,
      lead_minutes smallint unsigned not null,
      quiet_from smallint unsigned not null,
      quiet_until smallint unsigned not null,
      constraint reminder_settings_organisation foreign key (organisation_id) references organisations (id),
      constraint reminder_settings_lead check (lead_minutes between 15 and 10080),
      constraint reminder_settings_quiet check (quiet_from < 1440 and quiet_until < 1440)
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_0900_ai_ci
  `.execute(db);
  await sql`
    create table if not exists reminders (
      id binary(16) not null primary key,
      organisation_id binary(16) not null,
      booking_id binary(16) not null,
      starts_at datetime(3) not null,
      phone varchar(16) not null,
      state varchar(16) character set ascii collate ascii_bin not null,
      since datetime(3) not null,
      attempts tinyint unsigned not null,
      provider_id varchar(64) character set ascii collate ascii_bin null,
      error varchar(64) character set ascii collate ascii_bin null,
      unique key reminders_once (booking_id, starts_at, phone),
      key reminders_by_state (state, since),
      constraint reminders_booking foreign key (booking_id) references bookings (id),
      constraint reminders_state check
        (state in ('retry', 'sending', 'unknown', 'sent', 'delivered', 'failed', 'dead', 'cancelled'))
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_0900_ai_ci
  `.execute(db);
  await sql`
    create table if not exists sms_opt_outs (
      phone varchar(16) not null primary key,
      since datetime(3) not null
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_0900_ai_ci
  `.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const table of ["sms_opt_outs", "reminders", "reminder_settings"])
    await sql`drop table if exists ${sql.table(table)}`.execute(db);
}
