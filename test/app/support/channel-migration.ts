import { type Kysely, sql } from "kysely";

/** What a next release's migration may look like: it expands, and the version before it knows nothing of it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table if not exists channels (
      name varchar(16) character set ascii collate ascii_bin not null primary key
    ) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_0900_ai_ci
  `.execute(db);
  await sql`insert ignore into channels (name) values ('web')`.execute(db);
  await sql`alter table bookings add column channel varchar(16) character set ascii null`.execute(db);
}
