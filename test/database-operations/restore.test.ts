import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { dump } from "../../scripts/database/dump.ts";
import { inWords } from "../../scripts/database/errors.ts";
import { writeBackup } from "../../scripts/database/file.ts";
import { discard, promote } from "../../scripts/database/promote.ts";
import { type RestoreOptions, restore, show } from "../../scripts/database/restore.ts";
import { type Session, withSession } from "../../scripts/database/session.ts";
import { addBookings, ageKey, environment, withDatabase } from "./world.ts";

const database = await withDatabase();
const { mysql, age, path } = database;
await addBookings(mysql, 3_000);
await mysql.query("SET SESSION sql_mode = ''");
// Every type whose values are easily lost on the way.
await mysql.query(`CREATE TABLE kinds (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, big BIGINT UNSIGNED, exact DECIMAL(30,10), single FLOAT, wide DOUBLE, bits BIT(10),
  bytes VARBINARY(20), file BLOB, long_text TEXT CHARACTER SET latin1, choice ENUM('a', 'it''s'), several SET('x', 'y'),
  document JSON, day DATE, at DATETIME(6), stamp TIMESTAMP(3) NULL, span TIME(2), y YEAR, place POINT,
  doubled BIGINT GENERATED ALWAYS AS (y * 2) STORED, \`odd (name)\`\`\` INT DEFAULT 7 INVISIBLE) AUTO_INCREMENT = 1000`);
await mysql.query(`INSERT INTO kinds (id, big, exact, single, wide, bits, bytes, file, long_text, choice, several, document, day, at,
  stamp, span, y, place, \`odd (name)\`\`\`) VALUES
  (0 + 1, 18446744073709551615, -12345678901234567890.0123456789, 1.2345678, 1e-300, b'1000000001', x'00ff0a27', x'',
   'caf\u00e9', 'it''s', 'x,y', '{"a": [1, 2.50, "\u00fc\\\\n"]}', '0000-00-00', '9999-12-31 23:59:59.999999',
   '2038-01-19 03:14:07.999', '-838:59:59.00', 1901, ST_GeomFromText('POINT(1.5 -2)'), 1),
  (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`);
await mysql.query("UPDATE kinds SET id = 0 WHERE id = 1");
const whole = await database.backup();

const restoring = (changes: Partial<RestoreOptions> = {}): Promise<unknown> => {
  const options: RestoreOptions = {
    file: whole.file,
    opening: { identityFile: age.identityFile },
    target: database.target,
    login: database.migrator,
    into: "bulwark_restore",
    from: environment,
    signal: new AbortController().signal,
    ...changes,
  };
  return restore(options).catch((error: unknown) => Promise.reject(inWords(error)));
};
const live = ["bulwark", "bulwark_audit"];
const asMigrator = <Result>(work: (session: Session) => Promise<Result>) =>
  withSession(database.migrator, work);
/** A backup with its text changed on the way into the file. */
const altered = async (change: (text: string) => string): Promise<string> => {
  const file = path();
  await withSession(database.admin, (session) => {
    const pieces = dump(session, { environment, schemas: live, withBinlog: false });
    const text = async function* () {
      for await (const piece of pieces) yield Buffer.from(change(String(piece)));
    };
    return writeBackup(text(), { file, sealing: { recipients: [age.recipient] }, target: database.target });
  });
  return file;
};

beforeEach(async () => {
  for (const name of ["bulwark_restore", "bulwark_replaced"]) {
    for (const schema of [name, `${name}_audit`]) await mysql.query(`DROP DATABASE IF EXISTS ${schema}`);
  }
});

describe("D2 restore", () => {
  test("brings back every value of every type, with the migrator's rights and no more", async () => {
    await expect(restoring()).resolves.toEqual(whole.manifest);
    for (const table of ["bookings", "kinds", "organisations"]) {
      const [sums] = await mysql.query(`CHECKSUM TABLE bulwark.${table}, bulwark_restore.${table} EXTENDED`);
      const [, other] = await mysql.query(
        `CHECKSUM TABLE bulwark.${table}, bulwark_restore.${table} EXTENDED`,
      );
      expect(sums?.Checksum).toBe(other?.Checksum);
    }
    const shape = async (schema: string) =>
      (await mysql.query(`SHOW CREATE TABLE ${schema}.kinds`))[0]?.["Create Table"];
    expect(await shape("bulwark_restore")).toBe(await shape("bulwark"));
  });

  test("leaves the live schemas alone", async () => {
    const before = await mysql.query("CHECKSUM TABLE bulwark.bookings, bulwark.kinds");
    await restoring();
    expect(await mysql.query("CHECKSUM TABLE bulwark.bookings, bulwark.kinds")).toEqual(before);
    await expect(restoring({ into: "bulwark" })).rejects.toThrow(
      "bulwark is the live schema: restore into another one",
    );
  });

  test("opens what the KMS key sealed", async () => {
    const file = path();
    await database.command("backup.ts", environment, "--to", file);
    const { code, stdout, stderr } = await database.command("restore.ts", environment, file);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/Restored into bulwark_restore in [\d.]+ s; every row and checksum is right/);
    expect(code).toBe(0);
  });

  describe("refuses, says why, and leaves nothing behind:", () => {
    test.each<[string, () => Promise<Partial<RestoreOptions>>, RegExp]>([
      [
        "a wrong age key",
        async () => ({ opening: await ageKey(database.folder, `${Date.now()}.txt`) }),
        /None of the identities in .* opens the file/,
      ],
      [
        "no key for a file that KMS did not seal",
        async () => ({ opening: {} }),
        /not written for a KMS key: give the age identity/,
      ],
      ["a file cut off", async () => ({ file: cut(statSync(whole.file).size - 100) }), /cut off or damaged/],
      [
        "a file cut off between chunks",
        async () => ({ file: cut(header() + 16 + 65_552) }),
        /cut off or damaged/,
      ],
      [
        "a file cut off in its header",
        async () => ({ file: cut(60) }),
        /no backup, or its beginning is damaged/,
      ],
      ["a flipped bit", async () => ({ file: flipped() }), /cut off or damaged/],
      ["something else", async () => ({ file: text("hello") }), /no backup, or its beginning is damaged/],
      ["no file", async () => ({ file: path("nowhere.age") }), /No such file/],
      [
        "an older server than the backup's",
        async () => ({
          file: await altered((text) => text.replace(/"version":"[\d.]+"/, '"version":"99.1.0"')),
        }),
        /taken from MySQL 99\.1\.0, and this server is .*Restore to 99\.1 or newer/,
      ],
      [
        "a newer format",
        async () => ({ file: await altered((text) => text.replace('"format":1', '"format":2')) }),
        /format 2; this program reads format 1/,
      ],
      [
        "another environment's backup",
        async () => ({
          file: await altered((text) =>
            text.replace('"environment":"staging"', '"environment":"production"'),
          ),
        }),
        /a backup of "production", not of "staging".*--from production/,
      ],
      [
        "a row fewer than it says",
        async () => ({
          file: await altered((text) =>
            text.replace(/"name":"organisations","rows":1/, '"name":"organisations","rows":2'),
          ),
        }),
        /organisations came back with 1 rows instead of 2/,
      ],
      [
        "other contents than it says",
        async () => ({ file: await altered((text) => text.replace("'Default'", "'Defect'")) }),
        /organisations came back with other contents/,
      ],
      [
        "a table fewer than it says",
        async () => ({
          file: await altered((text) => text.replace(/,?\{"schema":"bulwark","name":"kinds"[^}]*\}/, "")),
        }),
        /Of bulwark, .*kinds.* came back, and not/,
      ],
      [
        "no end",
        async () => ({ file: await altered((text) => text.replace(/^-- bulwark \{"kind":"end".*\n$/, "")) }),
        /has no end: it was cut off while it was written/,
      ],
      [
        "statements that no backup holds",
        async () => ({
          file: await altered((text) =>
            text.replace(/^(-- bulwark \{"kind":"end")/, "DROP TABLE bookings;\n$1"),
          ),
        }),
        /a line that no backup has \("DROP TABLE bookings;"…\)/,
      ],
      [
        "another schema's table",
        async () => ({
          file: await altered((text) =>
            text.replace(/^INSERT INTO `organisations`/, "INSERT INTO `bulwark`.`organisations`"),
          ),
        }),
        /a line that no backup has/,
      ],
    ])("%s", async (_what, change, message) => {
      await expect(restoring(await change())).rejects.toThrow(message);
      expect(await database.schemasNow()).toEqual(live);
    });

    test("an existing scratch schema, which stays as it is", async () => {
      await mysql.query("CREATE DATABASE bulwark_restore_audit");
      await expect(restoring()).rejects.toThrow(
        /bulwark_restore_audit exists already: nothing is overwritten/,
      );
      expect(await database.schemasNow()).toEqual([...live, "bulwark_restore_audit"]);
    });

    test("Ctrl-C, half-way", async () => {
      const stop = new AbortController();
      const progress = (text: string) => text === "loading kinds" && stop.abort(new Error("stopped by hand"));
      await expect(restoring({ signal: stop.signal, progress })).rejects.toThrow("stopped by hand");
      expect(await database.schemasNow()).toEqual(live);
    });
  });

  test("reads a file to its end without a database", async () => {
    const reading = {
      opening: { identityFile: age.identityFile },
      target: database.target,
      signal: new AbortController().signal,
    };
    await expect(show({ ...reading, file: whole.file })).resolves.toEqual(whole.manifest);
    await expect(show({ ...reading, file: cut(statSync(whole.file).size - 1) })).rejects.toThrow(/cut off/);
  });
});

describe("D2 putting a restore in place", () => {
  test("is one step for all tables; what was live is set aside, and goes when told to", async () => {
    await restoring();
    await mysql.query(
      "INSERT INTO bulwark.organisations (id, name) VALUES (RANDOM_BYTES(16), 'written after the backup')",
    );
    const { moved, setAside } = await asMigrator((session) =>
      promote(session, "bulwark_restore", "bulwark_replaced"),
    );
    expect(moved).toHaveLength(6);
    expect(setAside).toHaveLength(6);
    expect(await database.schemasNow()).toEqual([...live, "bulwark_replaced", "bulwark_replaced_audit"]);
    const names = (schema: string) => mysql.query(`SELECT name FROM ${schema}.organisations ORDER BY name`);
    expect(await names("bulwark")).toEqual([{ name: "Default" }]);
    expect(await names("bulwark_replaced")).toHaveLength(2);
    // References moved with the tables.
    await expect(mysql.query("DELETE FROM bulwark.organisations")).rejects.toThrow(
      /foreign key constraint fails/,
    );
    const app = await mysql.connect(database.app, "bulwark");
    await expect(app.query("SELECT * FROM bookings LIMIT 1")).resolves.toBeDefined();

    await expect(asMigrator((session) => discard(session, "bulwark_replaced"))).resolves.toMatch(
      /^replaced by the backup of staging/,
    );
    expect(await database.schemasNow()).toEqual(live);
  });

  test("works where the database was lost", async () => {
    for (const schema of live) await mysql.query(`DROP DATABASE ${schema}`);
    await restoring();
    const { moved, setAside } = await asMigrator((session) =>
      promote(session, "bulwark_restore", "bulwark_replaced"),
    );
    expect([moved.length, setAside.length]).toEqual([6, 0]);
    const [row] = await mysql.query("SELECT COUNT(*) AS n FROM bulwark.bookings");
    expect(row?.n).toBe(3_000);
  });

  test("waits for nobody forever: with the tables in use nothing changes", async () => {
    await restoring();
    const user = await mysql.connect(mysql.admin, "bulwark");
    await user.query("START TRANSACTION");
    await user.query("SELECT COUNT(*) FROM bookings");
    const promoting = asMigrator((session) => {
      const impatient: Session = {
        ...session,
        query: (sql, values) =>
          session.query(sql.replace("lock_wait_timeout = 30", "lock_wait_timeout = 1"), values),
      };
      return promote(impatient, "bulwark_restore", "bulwark_replaced");
    });
    await expect(promoting).rejects.toThrow(/Lock wait timeout/);
    await user.query("ROLLBACK");
    expect(await database.schemasNow()).toEqual([...live, "bulwark_restore", "bulwark_restore_audit"]);
  });

  test("only what a restore made and verified is touched", async () => {
    await mysql.query("CREATE DATABASE bulwark_restore");
    const works: ((session: Session, name: string, aside: string) => Promise<unknown>)[] = [discard, promote];
    for (const work of works) {
      await expect(
        asMigrator<unknown>((session) => work(session, "bulwark_restore", "bulwark_replaced")),
      ).rejects.toThrow("bulwark_restore was not made by a restore: it is left alone");
      await expect(
        asMigrator<unknown>((session) => work(session, "bulwark", "bulwark_replaced")),
      ).rejects.toThrow("bulwark is the live schema");
    }
    await mysql.query("DROP DATABASE bulwark_restore");
    await restoring();
    await mysql.query("UPDATE bulwark_restore.bulwark_restore_mark SET state = 'restoring'");
    await expect(
      asMigrator((session) => promote(session, "bulwark_restore", "bulwark_replaced")),
    ).rejects.toThrow(/not a verified restore \(it is marked "restoring"\)/);
  });
});

const copy = (): string => {
  const file = path();
  copyFileSync(whole.file, file);
  return file;
};
const cut = (bytes: number): string => {
  const file = copy();
  truncateSync(file, bytes);
  return file;
};
const header = (): number => {
  const bytes = readFileSync(whole.file);
  return bytes.indexOf("\n", bytes.indexOf("\n--- ") + 1) + 1;
};
const text = (content: string): string => {
  const file = path();
  writeFileSync(file, content);
  return file;
};
const flipped = (): string => {
  const file = copy();
  const bytes = readFileSync(file);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  return file;
};
