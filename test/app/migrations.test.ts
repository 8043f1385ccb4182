import { Kysely, MysqlDialect } from "kysely";
import { Migrator } from "kysely/migration";
import mysql from "mysql2";
import { describe, expect, it } from "vitest";
import { migratorUser, schemas } from "../../app/contract/database-users.ts";
import { migrationFailed } from "../../app/contract/exit-codes.ts";
import { migrations } from "../../app/migrations/index.ts";
import { type MigrationCommand, migrate } from "../../app/migrations/runner.ts";
import { createTrust } from "../../app/platform/trust.ts";
import { eventually } from "../support/index.ts";
import { silent, withApiFixture } from "./support/fixture.ts";
import { holdsUp } from "./support/migration-locks.ts";
import { podEnvironment, run, withImage } from "./support/process.ts";

const fixture = await withApiFixture({ migrated: false });
const { dbname } = fixture.login;
const image = await withImage();
const trust = createTrust([fixture.mysql.ca]);

/** A login with exactly the migrator's rights. */
const migrator = async () => {
  const login = {
    ...fixture.login,
    username: fixture.mysql.name("migrator"),
    password: "password-of-the-migrator",
  };
  await fixture.mysql.query("CREATE USER ?@'%' IDENTIFIED BY ? REQUIRE SSL", [
    login.username,
    login.password,
  ]);
  for (const { on, privileges } of migratorUser.grants) {
    const schema = on === schemas.data ? dbname : `${dbname}_audit`;
    await fixture.mysql.query(`GRANT ${privileges.join(", ")} ON ${schema}.* TO '${login.username}'@'%'`);
  }
  return login;
};
const credentials = await migrator();
await fixture.putSecret(fixture.secretIds.migrator, credentials);
const go = (command: MigrationCommand) => migrate(command, { credentials, trust, logger: silent() });
const tables = async () => {
  const rows = await fixture.mysql.query(
    `SELECT CONCAT(table_schema, '.', table_name) AS name FROM information_schema.tables
     WHERE table_schema IN (?, ?) AND table_name NOT LIKE 'kysely%' ORDER BY name`,
    [dbname, `${dbname}_audit`],
  );
  return rows.map(({ name }) => name);
};
/** How each table of both schemas is made, as the server tells it. */
const schemaDump = async () => {
  const dump: string[] = [];
  for (const name of await tables()) {
    const [row] = await fixture.mysql.query(`SHOW CREATE TABLE ${name}`);
    // A table that was altered names the column's character set before a text of a check, instead of the connection's.
    const made = String(row?.["Create Table"]).replaceAll(/_(utf8mb4|ascii)'/g, "'");
    // An index that was dropped comes back as the last one: their order says nothing.
    const lines = made.replaceAll(/,$/gm, "").split("\n");
    const isKey = (line: string) => /^\s*(UNIQUE )?KEY /.test(line);
    dump.push(...lines.filter((line) => !isKey(line)), ...lines.filter(isKey).sort());
  }
  return dump;
};
/** Runs the migrations step by step on a connection that notes what they send to the server. */
const withSteps = async (work: (migrator: Migrator) => Promise<void>): Promise<string[]> => {
  const statements: string[] = [];
  const { host, port, username: user, password } = credentials;
  const pool = mysql.createPool({
    host,
    port,
    user,
    password,
    database: dbname,
    ssl: { ca: fixture.mysql.ca },
  });
  const db = new Kysely<unknown>({
    dialect: new MysqlDialect({ pool }),
    log: ({ query }) => void statements.push(query.sql),
  });
  try {
    await work(new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } }));
  } finally {
    await db.destroy();
  }
  return statements;
};
const ofData = [
  "api_keys",
  "audit_chains",
  "bookings",
  "idempotency_keys",
  "import_rows",
  "organisations",
  "reminder_settings",
  "reminders",
  "sessions",
  "sms_opt_outs",
  "users",
  "webhook_deliveries",
  "webhooks",
].map((name) => `${dbname}.${name}`);
const all = [...ofData, `${dbname}_audit.audit_log`];

describe("A23 migrations", () => {
  it("go up, and down to nothing, with the migrator's rights and no more", async () => {
    await go("up");
    expect(await tables()).toEqual(all);
    await go("down-all");
    expect(await tables()).toEqual([]);
  });

  it("each goes down and up again by itself, leaves what was there before, and locks nothing for long", async () => {
    await go("down-all");
    const statements = await withSteps(async (steps) => {
      let before = await schemaDump();
      for (const name of Object.keys(migrations).sort()) {
        const done = [await steps.migrateUp()];
        const after = await schemaDump();
        done.push(await steps.migrateDown());
        expect(await schemaDump(), `${name}, down`).toEqual(before);
        done.push(await steps.migrateUp());
        expect(await schemaDump(), `${name}, up again`).toEqual(after);
        expect(done.map(({ results }) => results?.map((step) => [step.migrationName, step.status]))).toEqual(
          Array(3).fill([[name, "Success"]]),
        );
        before = after;
      }
    });
    expect(await tables()).toEqual(all);
    expect(statements.filter((sql) => /^\s*alter table/i.test(sql)).length).toBeGreaterThan(0);
    expect(statements.map(holdsUp).filter(Boolean)).toEqual([]);
  });

  it("one that waits for a table in use lets others read and write it meanwhile", async () => {
    await go("up");
    const [reader, other] = [
      await fixture.mysql.connect(credentials),
      await fixture.mysql.connect(credentials),
    ];
    await reader.query("START TRANSACTION");
    await reader.query(`SELECT * FROM ${dbname}.users`);
    const down = go("down-all");
    await eventually(async () => {
      const working = await fixture.mysql.query(
        "SELECT state AS is_doing FROM information_schema.processlist WHERE db = ?",
        [dbname],
      );
      expect(working.map(({ is_doing }) => is_doing)).toContain("Waiting for table metadata lock");
    });
    // It stands behind the migration's statement: it would wait for the reader's end.
    await other.query(`UPDATE ${dbname}.users SET name = name`);
    await reader.query("ROLLBACK");
    await down;
    expect(await tables()).toEqual([]);
  });

  it("S15 the way back: a version before finds nothing to do where a later one has migrated", async () => {
    await go("up");
    const table = `${dbname}.kysely_migration`;
    await fixture.mysql.query(
      `INSERT INTO ${table} (name, timestamp) VALUES ('9999-later', '2030-01-01T00:00:00Z')`,
    );
    await go("up");
    expect(await tables()).toEqual(all);
    await fixture.mysql.query(`DELETE FROM ${table} WHERE name = '9999-later'`);
  });

  it("a second run finds nothing to do, and five at once are as good as one", async () => {
    await go("down-all");
    await Promise.all(Array.from({ length: 5 }, () => go("up")));
    await go("up");
    expect(await tables()).toEqual(all);
    const applied = await fixture.mysql.query(`SELECT name FROM ${dbname}.kysely_migration ORDER BY name`);
    expect(applied.map(({ name }) => name)).toEqual(Object.keys(migrations).sort());
  });

  it("one that broke off half-way is finished by the next run", async () => {
    await go("down-all");
    await fixture.mysql.query(
      `CREATE TABLE ${dbname}.organisations (id BINARY(16) PRIMARY KEY, name VARCHAR(200) NOT NULL)`,
    );
    await go("up");
    expect(await tables()).toEqual(all);
    await fixture.mysql.query(`DROP TABLE ${ofData.join()}`);
    await go("down-all");
    await go("up");
  });

  it("the tables refuse what the API would never write", async () => {
    const insert = (values: string) =>
      fixture.mysql.query(
        `INSERT INTO ${dbname}.bookings (id, organisation_id, client_name, client_email, client_phone, starts_at, ends_at,
         status, version, created_at, updated_at) VALUES ${values}`,
      );
    const row = (
      start: string,
      end: string,
      status: string,
      organisation = "UUID_TO_BIN('00000000-0000-7000-8000-000000000001')",
    ) =>
      `(UUID_TO_BIN(UUID()), ${organisation}, 'a', 'b', '+1', '${start}', '${end}', '${status}', 1, NOW(), NOW())`;
    await insert(row("2027-01-01 10:00", "2027-01-01 11:00", "confirmed"));
    await expect(insert(row("2027-01-01 10:00", "2027-01-01 10:00", "confirmed"))).rejects.toThrow(
      /bookings_times/,
    );
    await expect(insert(row("2027-01-01 10:00", "2027-01-01 11:00", "lost"))).rejects.toThrow(
      /bookings_status/,
    );
    await expect(
      insert(row("2027-01-01 10:00", "2027-01-01 11:00", "confirmed", "UUID_TO_BIN(UUID())")),
    ).rejects.toThrow(/foreign key/);
    const user = (email: string, role: string, hash = "NULL") =>
      fixture.mysql.query(
        `INSERT INTO ${dbname}.users (id, organisation_id, email, name, role, password_hash, version, created_at, updated_at)
         VALUES (UUID_TO_BIN(UUID()), UUID_TO_BIN('00000000-0000-7000-8000-000000000001'), '${email}', 'a', '${role}',
         ${hash}, 1, NOW(), NOW())`,
      );
    await user("ann@example.org", "member");
    await expect(user("ann@example.org", "admin")).rejects.toThrow(/users_email/);
    await expect(user("bob@example.org", "owner")).rejects.toThrow(/users_role/);
    await expect(user("bob@example.org", "member", "'hash'")).rejects.toThrow(/users_password/);
    const answer = (bytes: number) =>
      fixture.mysql.query(
        `INSERT INTO ${dbname}.idempotency_keys VALUES (UUID_TO_BIN(UUID()), 'key:a', 'POST /', RANDOM_BYTES(32),
         RANDOM_BYTES(32), 201, '{}', REPEAT('x', ${bytes}), NOW(3), NOW(3))`,
      );
    await answer(65_536);
    await expect(answer(65_537)).rejects.toThrow(/idempotency_keys_body/);
  });
});

describe("A23 what holds up others on a large table is refused", () => {
  it.each([
    "alter table bookings add column notes text null",
    "alter table bookings add column a text, algorithm=copy",
    "alter table bookings add column a text, algorithm=inplace, lock=shared",
    "ALTER TABLE bookings ADD INDEX a (a), ALGORITHM = INPLACE, LOCK = EXCLUSIVE",
    "create index a on bookings (a)",
    "drop index a on bookings",
    "alter table bookings comment 'algorithm=instant'",
    "update bookings set resource = 'a'",
    "insert into links select id from `b_audit`.`audit_log`",
    "delete from sessions where ends_at < now()",
    "lock tables bookings write",
  ])("A23 refused: %s", (statement) => {
    expect(holdsUp(statement)).toBeDefined();
  });

  it.each([
    "alter table bookings add column a text, algorithm=instant",
    "create index a on bookings (a) algorithm=inplace lock=none",
    "delete from sessions where ends_at < now() limit 1000",
    "insert into links select id from organisations",
    "create table a (id int)",
  ])("A23 passes: %s", (statement) => {
    expect(holdsUp(statement)).toBeUndefined();
  });
});

describe("A23 the migrations' program", () => {
  const program = (...args: string[]) =>
    run(image.migrate, podEnvironment(fixture, { DB_SECRET_ID: fixture.secretIds.migrator }), args);

  it("logs each step as JSON and ends with 0", async () => {
    await go("down-all");
    const up = program("up");
    expect(await up.ended, up.stderr()).toBe(0);
    expect(up.lines()).toContainEqual(
      expect.objectContaining({
        migration: "0002-bookings",
        direction: "up",
        status: "Success",
        service: "bulwark-migrate",
      }),
    );
    const status = program("status");
    expect(await status.ended).toBe(0);
    expect(status.lines().map(({ migration, msg }) => [migration, msg])).toEqual(
      Object.keys(migrations)
        .sort()
        .map((name) => [name, "applied"]),
    );
    expect(up.stdout() + status.stdout()).not.toContain(credentials.password);
  });

  it("ends with 3 and the reason when a step fails, with 1 when it cannot start", async () => {
    await go("down-all");
    await fixture.mysql.query(
      `CREATE TABLE ${dbname}.organisations (id INT PRIMARY KEY, name VARCHAR(200) NOT NULL)`,
    );
    const failed = program("up");
    expect(await failed.ended).toBe(migrationFailed);
    expect(failed.lines().at(-1)).toMatchObject({
      level: "fatal",
      err: { code: expect.stringMatching(/^ER_/) },
    });
    await fixture.mysql.query(`DROP TABLE ${dbname}.organisations`);
    const lost = program();
    expect(await lost.ended).toBe(1);
    expect(lost.stderr()).toContain("up|down|down-all|status");
  });
});
