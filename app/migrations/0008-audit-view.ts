import { type Kysely, sql } from "kysely";
import { auditSchemaOf } from "../platform/database/tables.ts";
import { hasIndex } from "./present.ts";

/** What one actor did, and where one thing was done: each newest first. One statement makes both indexes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const schema = await auditSchema(db);
  if (await hasIndex(db, "audit_log", "audit_by_actor", schema)) return;
  await sql`
    alter table ${sql.table(`${schema}.audit_log`)}
      add key audit_by_actor (organisation_id, actor, occurred_at),
      add key audit_by_action (organisation_id, action, occurred_at),
      algorithm=inplace, lock=none
  `.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  const schema = await auditSchema(db);
  if (!(await hasIndex(db, "audit_log", "audit_by_actor", schema))) return;
  await sql`
    alter table ${sql.table(`${schema}.audit_log`)} drop key audit_by_actor, drop key audit_by_action,
      algorithm=inplace, lock=none
  `.execute(db);
}

async function auditSchema(db: Kysely<unknown>): Promise<string> {
  const { rows } = await sql<{ name: string }>`select database() as name`.execute(db);
  return auditSchemaOf(rows[0]?.name ?? "");
}
