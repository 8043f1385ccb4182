import { type Kysely, sql } from "kysely";

/** Every row of data belongs to one. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists organisations (
      id binary(16) not null primary key,
      name varchar(200) not null,
      created_at datetime(3) not null default current_timestamp(3)
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_0900_ai_ci
  `.execute(db);
  await sql`
    insert ignore into organisations (id, name)
    values (x'00000000000070008000000000000001', 'Default')
  `.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table if exists organisations`.execute(db);
}
