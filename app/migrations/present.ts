import { type Kysely, sql } from "kysely";

/**
 * Whether a table has a column: MySQL has no "add column if not exists".
 * @param schema the data schema by default
 */
export async function hasColumn(
  db: Kysely<unknown>,
  table: string,
  column: string,
  schema?: string,
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from information_schema.columns
    where table_schema = coalesce(${schema ?? null}, database()) and table_name = ${table} and column_name = ${column}
  `.execute(db);
  return rows.length > 0;
}

/**
 * Whether a table has an index.
 * @param schema the data schema by default
 */
export async function hasIndex(
  db: Kysely<unknown>,
  table: string,
  index: string,
  schema?: string,
): Promise<boolean> {
  const { rows } = await sql`
    select 1 from information_schema.statistics
    where table_schema = coalesce(${schema ?? null}, database()) and table_name = ${table} and index_name = ${index}
  `.execute(db);
  return rows.length > 0;
}
