import { copyFileSync, statSync, truncateSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AuditTrail } from "../../../../app/audit/trail.ts";
import { schemas } from "../../../../app/contract/database-users.ts";
import { defaultOrganisation } from "../../../../app/organisations/table.ts";
import { newId } from "../../../../app/platform/ids.ts";
import { show } from "../../../../scripts/ops/database/restore.ts";
import { withSession } from "../../../../scripts/ops/database/session.ts";
import { withRestores } from "./restores.ts";
import { addBookings, environment, withDatabase } from "./world.ts";

const database = await withDatabase();
const { mysql, age, path } = database;
await addBookings(mysql, 1_000);
await mysql.query("SET SESSION sql_mode = ''");
// Every type whose values are easily lost on the way.
await mysql.query(`CREATE TABLE kinds (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, big BIGINT UNSIGNED, exact DECIMAL(30,10), single FLOAT, wide DOUBLE, bits BIT(10),
  bytes VARBINARY(20), file BLOB, long_text TEXT CHARACTER SET latin1, choice ENUM('a', 'it''s'), several SET('x', 'y'),
  document JSON, halves VARCHAR(20) CHARACTER SET ucs2, day DATE, at DATETIME(6), stamp TIMESTAMP(3) NULL, span TIME(2), y YEAR, place POINT,
  doubled BIGINT GENERATED ALWAYS AS (y * 2) STORED, \`odd (name)\`\`\` INT DEFAULT 7 INVISIBLE) AUTO_INCREMENT = 1000`);
await mysql.query(`INSERT INTO kinds (id, big, exact, single, wide, bits, bytes, file, long_text, choice, several, document, day, at,
  stamp, span, y, place, \`odd (name)\`\`\`) VALUES
  (0 + 1, 18446744073709551615, -12345678901234567890.0123456789, 1.2345678, 1e-300, b'1000000001', x'00ff0a27', x'',
   'caf\u00e9', 'it''s', 'x,y', '{"a": [1, 2.50, "\u00fc\\\\n"]}', '0000-00-00', '9999-12-31 23:59:59.999999',
   '2038-01-19 03:14:07.999', '-838:59:59.00', 1901, ST_GeomFromText('POINT(1.5 -2)'), 1),
  (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`);
await mysql.query("UPDATE kinds SET id = 0 WHERE id = 1");
await mysql.query("SET SESSION sql_mode = 'ALLOW_INVALID_DATES'");
// What JSON takes as text: halves of characters, which MySQL hands out as no UTF-8; control characters; numbers at their limits.
const documents = [
  '{"notes": "a\\udc00"}', '"\\udc00\\udfff"', '{"\\udfff": ["\\udc00\\ud83d\\ude00", 1]}', '"a\\u0000b\\u001f\\u007f\\u0080\\u2028\\uffff"',
  '"\\\\udc00"', '"😀 \'x\' \\\\ \\" \\/"', "-0", "-0.0", "18446744073709551615", "18446744073709551616", "-9223372036854775809",
  "1.7976931348623157e308", "5e-324", "0.30000000000000004", "1e20", "1.0", '{"": null}', '"base64:type15:AP8="', '"2030-01-01 00:00:00.000000"',
]; // biome-ignore format: one list
for (const document of documents)
  await mysql.query("INSERT INTO kinds (id, document) VALUES (NULL, ?)", [document]);
await mysql.query(`INSERT INTO kinds (id, single, wide, bytes, long_text, halves, day, at) VALUES
  (NULL, -0e0, -0e0, x'ff00edb080c328', 'NUL \\0, ^Z \\Z, \\b\\f', x'0061dc00d83d', '2030-02-31', '2030-00-10 00:00:00'),
  (NULL, 3.4028235e38, 1.7976931348623157e308, x'', '', '', '0000-00-00', '0000-00-00 00:00:00'),
  (NULL, 1.17549435e-38, 5e-324, x'80', ' ', x'ffff', '9999-12-31', '1000-01-01 00:00:00.000001')`);
await recordChanges(3);
const { whole, restoring } = await withRestores(database);

/** Entries of the audit trail, each a link, as the API writes them. */
async function recordChanges(number: number): Promise<void> {
  await withSession(database.app, async (session) => {
    await session.query(`USE ${schemas.data}`);
    const connection = { run: (sql: string, values: unknown[]) => session.query(sql, values) };
    const trail = new AuditTrail({
      auditSchema: schemas.audit,
      read: (work) => work(connection),
      transaction: (work) => work(connection),
    });
    const origin = { organisationId: defaultOrganisation, actor: "operator", requestId: "test" };
    const change = {
      entity: "booking",
      entityId: newId(),
      verb: "created",
      before: null,
      after: { notes: "Zoë" },
    };
    for (let made = 0; made < number; made++) {
      await trail.change(origin, async (transaction) => transaction.record(change));
    }
  });
}

describe("D2 restore", () => {
  it("brings back every value of every type, with the migrator's rights and no more", async () => {
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

  it("leaves the live schemas alone", async () => {
    const before = await mysql.query("CHECKSUM TABLE bulwark.bookings, bulwark.kinds");
    await restoring();
    expect(await mysql.query("CHECKSUM TABLE bulwark.bookings, bulwark.kinds")).toEqual(before);
    await expect(restoring({ into: "bulwark" })).rejects.toThrow(
      "bulwark is the live schema: restore into another one",
    );
  });

  it("opens what the KMS key sealed", async () => {
    const file = path();
    await database.command("backup.ts", environment, "--to", file);
    const { code, stdout, stderr } = await database.command("restore.ts", environment, file);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/Restored into bulwark_restore in [\d.]+ s; every row and checksum is right/);
    expect(code).toBe(0);
  }, 60_000);

  it("A14 npm run audit verifies what was restored, and ends with 1 where an entry is gone", async () => {
    await restoring();
    const verify = () => database.command("audit.ts", environment, "verify", "--schema", "bulwark_restore");
    expect(await verify()).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/: 3 entries, head link 3 [0-9a-f]{64}\nAll chains are whole\.\n$/),
    });
    await mysql.query("DELETE FROM bulwark_restore_audit.audit_log WHERE link = 2");
    const broken = await verify();
    expect(broken.stdout).toMatch(
      /MISSING at link 2: link 2, behind entry [0-9a-f-]{36} of .*Z\n1 of 1 chain broken\.\n$/,
    );
    expect(broken.code).toBe(1);
  });

  it("reads a file to its end without a database", async () => {
    const reading = {
      opening: { identityFile: age.identityFile },
      access: database.access,
      signal: new AbortController().signal,
    };
    await expect(show({ ...reading, file: whole.file })).resolves.toEqual(whole.manifest);
    const cut = path();
    copyFileSync(whole.file, cut);
    truncateSync(cut, statSync(cut).size - 1);
    await expect(show({ ...reading, file: cut })).rejects.toThrow(/cut off/);
  });
});
