import { type Kysely, sql } from "kysely";
import { auditSchemaOf } from "../platform/database/tables.ts";

/** In a schema of its own, where the application may add and read, not change or delete. The bootstrap makes the schema. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists ${await auditLog(db)} (
      id binary(16) not null primary key,
      organisation_id binary(16) not null,
      occurred_at datetime(3) not null,
      actor varchar(128) not null,
      action varchar(64) character set ascii collate ascii_bin not null,
      entity varchar(32) character set ascii collate ascii_bin not null,
      entity_id binary(16) not null,
      \`before\` json null,
      after json null,
      request_id varchar(64) character set ascii collate ascii_bin not null,
      key audit_by_time (organisation_id, occurred_at, id),
      key audit_by_entity (organisation_id, entity, entity_id, occurred_at)
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_0900_ai_ci
  `.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table if exists ${await auditLog(db)}`.execute(db);
}

async function auditLog(db: Kysely<unknown>) {
  const { rows } = await sql<{ name: string }>`select database() as name`.execute(db);
  return sql.table(`${auditSchemaOf(rows[0]?.name ?? "")}.audit_log`);
}
