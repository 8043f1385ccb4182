import { execFileSync } from "node:child_process";
import { createWriteStream, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { zstdDecompressSync } from "node:zlib";
import { Decrypter } from "age-encryption";
import { describe, expect, it } from "vitest";
import { dump } from "../../../../scripts/ops/database/dump.ts";
import { inWords } from "../../../../scripts/ops/database/explain.ts";
import { writeBackup } from "../../../../scripts/ops/database/file.ts";
import { withSession } from "../../../../scripts/ops/database/session.ts";
import { addBookings, environment, withDatabase } from "./world.ts";

const database = await withDatabase({ log_bin_trust_function_creators: "ON" });
const { mysql, age, path } = database;
await addBookings(mysql, 500);

/** The text in a backup, got at with nothing of ours. */
const textOf = async (file: string): Promise<string> => {
  const decrypter = new Decrypter();
  decrypter.addIdentity(/AGE-SECRET-KEY-\S+/.exec(readFileSync(age.identityFile, "utf8"))?.[0] ?? "");
  return zstdDecompressSync(await decrypter.decrypt(readFileSync(file))).toString("utf8");
};
const dumping = { environment, schemas: ["bulwark", "bulwark_audit"], withBinlog: false };

describe("D2 backup", () => {
  it("says what it holds: rows and checksums of every table, server, migrations", async () => {
    const { manifest } = await database.backup();
    const rows = Object.fromEntries(
      manifest.tables.map(({ schema, name, rows }) => [`${schema}.${name}`, rows]),
    );
    expect(rows).toEqual({
      "bulwark.api_keys": 0,
      "bulwark.audit_chains": 1,
      "bulwark.bookings": 500,
      "bulwark.idempotency_keys": 0,
      "bulwark.import_rows": 0,
      "bulwark.kysely_migration": manifest.migrations.length,
      "bulwark.kysely_migration_lock": 1,
      "bulwark.organisations": 1,
      "bulwark.reminder_settings": 0,
      "bulwark.reminders": 0,
      "bulwark.sessions": 0,
      "bulwark.users": 0,
      "bulwark.sms_opt_outs": 0,
      "bulwark.webhook_deliveries": 0,
      "bulwark.webhooks": 0,
      "bulwark_audit.audit_log": 0,
    });
    expect(manifest.server.version).toBe(mysql.server.version);
    expect(manifest.migrations).toContain("0002-bookings");
    expect(manifest.binlog).toBeNull();
  });

  it("is one moment of all tables, though others write on, and keeps nobody waiting", async () => {
    const writer = await mysql.connect(mysql.admin, "bulwark");
    const before = await mysql.query("SELECT COUNT(*) AS n FROM bookings");
    const text = await withSession(database.migrator, async (session) => {
      const pieces = dump(session, dumping);
      const parts = [String((await pieces.next()).value)];
      // The snapshot is taken with the first piece; what follows is written while tables are read.
      await writer.query("SET SESSION lock_wait_timeout = 1, innodb_lock_wait_timeout = 1");
      for await (const piece of pieces) {
        parts.push(String(piece));
        await writer.query(
          "INSERT INTO organisations (id, name) VALUES (RANDOM_BYTES(16), 'written meanwhile')",
        );
        await writer.query("DELETE FROM bookings ORDER BY id LIMIT 1");
      }
      return parts.join("");
    });
    expect(text).not.toContain("written meanwhile");
    const end = JSON.parse(/^-- bulwark (\{"kind":"end".*)$/m.exec(text)?.[1] ?? "{}");
    expect(end.tables.find(({ name }: { name: string }) => name === "bookings").rows).toBe(before[0]?.n);
  });

  it("lets a table that was read be altered while the next is read", async () => {
    const other = await mysql.connect(mysql.admin, "bulwark");
    await other.query("SET SESSION lock_wait_timeout = 1");
    await withSession(database.migrator, async (session) => {
      for await (const piece of dump(session, dumping)) {
        if (!String(piece).includes('"kind":"table","name":"organisations"')) continue;
        await other.query("ALTER TABLE bookings COMMENT = 'altered meanwhile'");
      }
    });
    const [row] = await mysql.query("SHOW TABLE STATUS LIKE 'bookings'");
    expect(row?.Comment).toBe("altered meanwhile");
  });

  it("says so when a table is altered before it was read", async () => {
    const taken = withSession(database.migrator, async (session) => {
      const pieces = dump(session, dumping);
      await pieces.next();
      await mysql.query("ALTER TABLE organisations MODIFY name VARCHAR(201) NOT NULL, ALGORITHM = COPY");
      for await (const _ of pieces);
    });
    await expect(taken.catch((error: unknown) => Promise.reject(inWords(error)))).rejects.toThrow(
      /a migration ran at the same time. Run the backup again/,
    );
  });

  it.each([
    ["view", "bulwark.window", "CREATE VIEW bulwark.window AS SELECT 1 AS one"],
    [
      "trigger",
      "bulwark.quiet",
      "CREATE TRIGGER bulwark.quiet BEFORE INSERT ON bulwark.bookings FOR EACH ROW SET NEW.notes = NULL",
    ],
    ["procedure", "bulwark_audit.work", "CREATE PROCEDURE bulwark_audit.work() SELECT 1"],
    ["function", "bulwark.one", "CREATE FUNCTION bulwark.one() RETURNS INT DETERMINISTIC RETURN 1"],
    ["event", "bulwark.later", "CREATE EVENT bulwark.later ON SCHEDULE EVERY 1 DAY DISABLE DO SELECT 1"],
  ])("is refused rather than left incomplete: a %s", async (kind, name, create) => {
    await mysql.query(create);
    const file = database.path();
    await expect(database.backup(file, database.admin)).rejects.toThrow(
      `A backup holds tables only, and would leave out: ${kind} ${name}.`,
    );
    expect(existsSync(file)).toBe(false);
    await mysql.query(`DROP ${kind} ${name}`);
  });

  it("is text that MySQL takes, behind standard encryption and compression", async () => {
    const { file } = await database.backup();
    const sealed = readFileSync(file);
    expect(sealed.subarray(0, 22).toString()).toBe("age-encryption.org/v1\n");
    expect(sealed.includes("example.com")).toBe(false);
    const lines = (await textOf(file)).trimEnd().split("\n");
    expect(lines.every((line) => /^(-- bulwark |\/\*! |CREATE TABLE `|INSERT INTO `)/.test(line))).toBe(true);
    // As the mysql client does it: each line a statement.
    const plain = await mysql.connect(mysql.admin);
    const statements = lines.filter((line) => !line.startsWith("--"));
    for (const line of statements) await plain.query(line.replaceAll("`bulwark", "`by_hand"));
    const [row] = await mysql.query(
      "SELECT COUNT(*) AS n FROM by_hand.bookings WHERE client_name LIKE 'Zoë O''Brien \\\\\\\\ %🛡'",
    );
    const [live] = await mysql.query("SELECT COUNT(*) AS n FROM bookings");
    expect(row?.n).toBe(live?.n);
  });

  it("is readable by its owner alone, and never overwrites", async () => {
    const { file } = await database.backup();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await expect(database.backup(file)).rejects.toThrow(`${file} is there already: it is not overwritten`);
  });

  it("a full disk leaves nothing, under no name", async () => {
    const file = path("full.age");
    const taken = withSession(database.migrator, (session) =>
      writeBackup(dump(session, dumping), {
        file,
        sealing: { recipients: [age.recipient] },
        access: database.access,
        output: () => createWriteStream("/dev/full"),
      }),
    );
    await expect(taken.catch((error: unknown) => Promise.reject(inWords(error)))).rejects.toThrow(
      /The disk is full/,
    );
    expect(readdirSync(database.folder).filter((name) => name.startsWith("full"))).toEqual([]);
  });

  it("stopped half-way leaves nothing, under no name", async () => {
    const file = path("stopped.age");
    const stop = new AbortController();
    const stopped = async function* (session: Parameters<typeof dump>[0]) {
      const pieces = dump(session, dumping);
      yield (await pieces.next()).value as Buffer;
      stop.abort(new Error("Ctrl-C"));
      return yield* pieces;
    };
    const sealing = { recipients: [age.recipient] };
    const taken = withSession(database.migrator, (session) =>
      writeBackup(stopped(session), { file, sealing, access: database.access, signal: stop.signal }),
    );
    await expect(taken).rejects.toThrow();
    expect(readdirSync(database.folder).filter((name) => name.startsWith("stopped"))).toEqual([]);
  });

  it("notes where to replay binlogs from with the master user's rights; the migrator is told that it lacks them", async () => {
    const { manifest } = await database.backup(path(), database.admin);
    expect(manifest.binlog).toEqual({ file: expect.stringMatching(/^binlog\.\d+$/), position: 4 });
    const { code, stderr } = await database.command(
      "backup.ts",
      environment,
      "--binlog-position",
      "--to",
      path(),
    );
    expect(stderr).toContain("needs RELOAD and REPLICATION CLIENT, which the migrator does not have");
    expect(code).toBe(1);
  });

  it("as a command: the migrator's secret, the stack's key, a line for each table", async () => {
    const file = path("command.age");
    const { code, stdout, stderr } = await database.command("backup.ts", environment, "--to", file);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toMatch(/bulwark\.bookings +\d+ rows +sha256 /);
    expect(execFileSync("head", ["-c", "200", file]).toString()).toContain("-> bulwark/aws-kms arn:aws:kms:");
    const shown = await database.command("restore.ts", environment, file, "--show", "--json");
    expect(JSON.parse(shown.stdout).manifest.environment).toBe(environment);
  }, 60_000);

  it("as a command: what is wrong, and nothing left", async () => {
    const noUser = await database.command("backup.ts", "sandbocks", "--to", path("x.age"));
    expect(noUser).toMatchObject({ code: 2, stderr: expect.stringContaining('no environment "sandbocks"') });
    const noKey = await database.command(
      "backup.ts",
      environment,
      "--to",
      path("x.age"),
      "--kms",
      "alias/none",
    );
    expect(noKey).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/The KMS key alias\/none in AWS, .*not there/),
    });
    expect(existsSync(path("x.age"))).toBe(false);
    expect(existsSync(path("x.age.partial"))).toBe(false);
  }, 60_000);
});
