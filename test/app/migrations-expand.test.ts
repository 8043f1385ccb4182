import { DummyDriver, Kysely, MysqlAdapter, MysqlIntrospector, MysqlQueryCompiler } from "kysely";
import type { Migration } from "kysely/migration";
import { describe, expect, it } from "vitest";
import { migrations } from "../../app/migrations/index.ts";

/** The rule and how to keep it: docs/migrations.md. */
const contraction =
  /\bdrop\s+(table|column|index|key|primary|foreign|constraint|view|schema|database)\b|\balter\s+table\s+\S+\s+drop\b|\b(rename|modify|change)\b|\balter\s+column\b|\btruncate\b/i;
const newColumnThatOldInsertsMiss =
  /\badd\s+(?:column\s+)?(?!index|key|unique|constraint|primary|foreign|fulltext|spatial)\S+\s+(?:(?!\bdefault\b|,).)*\bnot\s+null\b(?:(?!\bdefault\b|,).)*(?:,|$)/i;
/** What a module says for a statement that takes away: since when nobody uses it. */
const excuse = /since release \S+/;

/** What a migration would have the database do. Nothing is run: where it asks, the answer is empty. */
async function statementsOf(migration: Migration): Promise<string[]> {
  const statements: string[] = [];
  const db = new Kysely<unknown>({
    dialect: {
      createAdapter: () => new MysqlAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (kysely) => new MysqlIntrospector(kysely),
      createQueryCompiler: () => new MysqlQueryCompiler(),
    },
    log: ({ query }) => {
      statements.push(query.sql.replaceAll(/\s+/g, " ").trim());
    },
  });
  await migration.up(db);
  return statements;
}

/** Why the version before cannot live with it; nothing where it can. */
function breaks(statement: string, contracts?: unknown): string | undefined {
  if (contraction.test(statement) && !excuse.test(String(contracts))) return `takes away: ${statement}`;
  if (/\balter\s+table\b/i.test(statement) && newColumnThatOldInsertsMiss.test(statement))
    return `asks for what old inserts do not give: ${statement}`;
  return undefined;
}

describe("S9 the version before goes on working on the migrated schema", () => {
  it.each(Object.entries(migrations))("S9 %s expands", async (_name, migration) => {
    const statements = await statementsOf(migration);
    expect(statements.length).toBeGreaterThan(0);
    const contracts = Reflect.get(migration, "contracts");
    expect(statements.map((statement) => breaks(statement, contracts)).filter(Boolean)).toEqual([]);
  });

  it.each([
    "drop table bookings",
    "alter table bookings drop column notes",
    "alter table bookings drop notes",
    "alter table bookings rename column notes to remarks",
    "rename table bookings to reservations",
    "alter table bookings modify notes varchar(10)",
    "alter table bookings change notes remarks text",
    "alter table bookings alter column notes drop default",
    "truncate bookings",
    "alter table bookings add column notes text not null",
    "alter table bookings add notes varchar(20) not null, add more int",
  ])("S9 is not so after: %s", (statement) => {
    expect(breaks(statement)).toBeDefined();
  });

  it.each([
    "alter table bookings add column notes text null",
    "alter table bookings add column state varchar(8) not null default 'new'",
    "alter table bookings add index by_time (starts_at), algorithm=inplace, lock=none",
    "create table if not exists notes (id binary(16) not null primary key)",
  ])("S9 is so after: %s", (statement) => {
    expect(breaks(statement)).toBeUndefined();
  });

  it("S9 is so where the migration says since when nothing uses what goes", () => {
    const statement = "alter table bookings drop column notes";
    expect(breaks(statement, "Nothing reads or writes notes since release 1.4.0.")).toBeUndefined();
    expect(breaks(statement, "It is safe.")).toBeDefined();
  });
});
