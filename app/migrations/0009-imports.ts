import { type Kysely, sql } from "kysely";

/** The bookings of imports that are running. Rows without an import are removed by the next one (bookings/import/staging.ts). */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists import_rows (
      import_id binary(16) not null,
      position int unsigned not null,
      line int unsigned not null,
      booking_id binary(16) not null,
      entry_id binary(16) not null,
      resource varchar(64) character set utf8mb4 collate utf8mb4_0900_bin not null,
      client_name varchar(100) not null,
      client_email varchar(254) not null,
      client_phone varchar(16) not null,
      notes varchar(500) null,
      starts_at datetime(3) not null,
      ends_at datetime(3) not null,
      after json not null,
      primary key (import_id, position)
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_0900_ai_ci
  `.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table if exists import_rows`.execute(db);
}
