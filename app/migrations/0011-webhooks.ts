import { type Kysely, sql } from "kysely";

/**
 * Where an organisation wants to hear of its bookings, and what was sent there. No foreign key from deliveries to webhooks: those of one
 * that is removed go little by little.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists webhooks (
      id binary(16) not null primary key,
      organisation_id binary(16) not null,
      url varchar(2000) not null,
      events varchar(100) character set ascii collate ascii_bin not null,
      version int unsigned not null,
      disabled_at datetime(3) null,
      disabled_reason varchar(16) character set ascii collate ascii_bin null,
      failures int unsigned not null default 0,
      failing_since datetime(3) null,
      next_link bigint unsigned not null,
      next_position int unsigned not null,
      due_at datetime(3) null,
      leased_until datetime(3) not null,
      created_at datetime(3) not null,
      updated_at datetime(3) not null,
      key webhooks_by_organisation (organisation_id),
      constraint webhooks_organisation foreign key (organisation_id) references organisations (id),
      constraint webhooks_disabled check ((disabled_at is null) = (disabled_reason is null))
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_0900_ai_ci
  `.execute(db);
  await sql`
    create table if not exists webhook_deliveries (
      id binary(16) not null primary key,
      webhook_id binary(16) not null,
      link bigint unsigned not null,
      position int unsigned not null,
      event varchar(32) character set ascii collate ascii_bin not null,
      booking_id binary(16) not null,
      occurred_at datetime(3) not null,
      status varchar(16) character set ascii collate ascii_bin not null,
      attempts int unsigned not null,
      due_at datetime(3) null,
      last_attempt_at datetime(3) null,
      last_status smallint unsigned null,
      last_error varchar(64) character set ascii collate ascii_bin null,
      unique key webhook_deliveries_by_entry (webhook_id, link, position),
      key webhook_deliveries_by_id (webhook_id, id),
      key webhook_deliveries_by_due (webhook_id, due_at),
      constraint webhook_deliveries_due check ((status = 'pending') = (due_at is not null))
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_0900_ai_ci
  `.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table if exists webhook_deliveries`.execute(db);
  await sql`drop table if exists webhooks`.execute(db);
}
