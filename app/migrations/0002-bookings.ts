import { type Kysely, sql } from "kysely";

/** The second index answers "what overlaps this time in this organisation", the first pages through the list. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists bookings (
      id binary(16) not null primary key,
      organisation_id binary(16) not null,
      client_name varchar(100) not null,
      client_email varchar(254) not null,
      client_phone varchar(16) not null,
      notes varchar(500) null,
      starts_at datetime(3) not null,
      ends_at datetime(3) not null,
      status varchar(16) character set ascii collate ascii_bin not null,
      version int unsigned not null,
      created_at datetime(3) not null,
      updated_at datetime(3) not null,
      key bookings_by_start (organisation_id, starts_at, id),
      key bookings_by_time (organisation_id, status, starts_at, ends_at),
      constraint bookings_organisation foreign key (organisation_id) references organisations (id),
      constraint bookings_status check (status in ('confirmed', 'cancelled')),
      constraint bookings_times check (ends_at > starts_at)
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_0900_ai_ci
  `.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table if exists bookings`.execute(db);
}
