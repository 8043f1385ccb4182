import { type Kysely, sql } from "kysely";
import { auditSchemaOf } from "../platform/database/tables.ts";
import { hasColumn, hasIndex } from "./present.ts";

/**
 * What makes writes of one organisation happen one after the other, each once, and leaves a trail that shows alterations.
 *
 * The version before goes on working: it inserts audit rows without a link, which are outside the chain, and bookings of the resource
 * "default", without asking whether the slot is free. So a slot can be booked twice until its last process has ended, and rows without
 * a link are from before that moment.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createChains(db);
  await linkAuditLog(db);
  await addResource(db);
  await createIdempotencyKeys(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table if exists idempotency_keys`.execute(db);
  if (await hasIndex(db, "bookings", "bookings_by_resource")) {
    await sql`alter table bookings drop key bookings_by_resource, algorithm=inplace, lock=none`.execute(db);
  }
  if (await hasColumn(db, "bookings", "resource")) {
    await sql`alter table bookings drop column resource, algorithm=inplace, lock=none`.execute(db);
  }
  const { schema, table } = await auditLog(db);
  if (await hasColumn(db, "audit_log", "link", schema)) {
    await sql`
      alter table ${table} drop key audit_by_link, drop column link, drop column position, drop column link_hash,
        algorithm=inplace, lock=none
    `.execute(db);
  }
  await sql`drop table if exists audit_chains`.execute(db);
}

/** Its rows are locked by every write. Rows of organisations are not: foreign keys lock those. */
async function createChains(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists audit_chains (
      organisation_id binary(16) not null primary key,
      number bigint unsigned not null,
      hash binary(32) not null,
      constraint audit_chains_organisation foreign key (organisation_id) references organisations (id)
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_0900_ai_ci
  `.execute(db);
  await sql`
    insert ignore into audit_chains (organisation_id, number, hash)
    select id, 0, unhex(repeat('00', 32)) from organisations
  `.execute(db);
}

/** One statement copies the table's rows nowhere, and lets others write meanwhile. */
async function linkAuditLog(db: Kysely<unknown>): Promise<void> {
  const { schema, table } = await auditLog(db);
  if (await hasColumn(db, "audit_log", "link", schema)) return;
  await sql`
    alter table ${table}
      add column link bigint unsigned null,
      add column position int unsigned null,
      add column link_hash binary(32) null,
      add unique key audit_by_link (organisation_id, link, position),
      algorithm=inplace, lock=none
  `.execute(db);
}

/**
 * Compared character by character: "Room 1" and "room 1" are two. The index answers what is in the way of a booking, and pages
 * through a resource's list, which is in the order of start and id.
 */
async function addResource(db: Kysely<unknown>): Promise<void> {
  if (!(await hasColumn(db, "bookings", "resource"))) {
    await sql`
      alter table bookings
        add column resource varchar(64) character set utf8mb4 collate utf8mb4_0900_bin not null default 'default',
        algorithm=instant
    `.execute(db);
  }
  if (await hasIndex(db, "bookings", "bookings_by_resource")) return;
  await sql`
    alter table bookings
      add key bookings_by_resource (organisation_id, resource, status, starts_at, id, ends_at),
      algorithm=inplace, lock=none
  `.execute(db);
}

async function createIdempotencyKeys(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists idempotency_keys (
      organisation_id binary(16) not null,
      caller varchar(128) character set ascii collate ascii_bin not null,
      route varchar(128) character set ascii collate ascii_bin not null,
      key_hash binary(32) not null,
      request_hash binary(32) not null,
      status smallint unsigned not null,
      headers varchar(1024) not null,
      body mediumtext not null,
      created_at datetime(3) not null,
      expires_at datetime(3) not null,
      primary key (organisation_id, caller, route, key_hash),
      key idempotency_keys_by_expiry (expires_at),
      constraint idempotency_keys_body check (length(body) <= 65536)
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_0900_ai_ci
  `.execute(db);
}

async function auditLog(db: Kysely<unknown>) {
  const { rows } = await sql<{ name: string }>`select database() as name`.execute(db);
  const schema = auditSchemaOf(rows[0]?.name ?? "");
  return { schema, table: sql.table(`${schema}.audit_log`) };
}
