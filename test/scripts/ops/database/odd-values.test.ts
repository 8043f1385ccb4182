import { describe, expect, it } from "vitest";
import { dump } from "../../../../scripts/ops/database/dump.ts";
import { inWords } from "../../../../scripts/ops/database/explain.ts";
import { writeBackup } from "../../../../scripts/ops/database/file.ts";
import { type Proof, withProof } from "../../../../scripts/ops/database/proof.ts";
import { withSession } from "../../../../scripts/ops/database/session.ts";
import { tuplesIn } from "../../../../scripts/ops/database/tuple-text.ts";
import { live, withRestores } from "./restores.ts";
import { environment, withDatabase } from "./world.ts";

const database = await withDatabase();
const { mysql, age, path, migrator } = database;
const { restoring } = await withRestores(database);
const entry = (id: number, after: string) =>
  mysql.query(
    `INSERT INTO bulwark_audit.audit_log VALUES (UNHEX(LPAD(HEX(${id}), 32, '0')), x'00000000000070008000000000000001', NOW(3),
      'somebody', 'booking.updated', 'booking', x'00000000000070008000000000000002', NULL, ${after}, 'request', NULL, NULL, NULL)`,
  );
const none = () => mysql.query("DELETE FROM bulwark_audit.audit_log");
const id = (last: string) => `id = x'${last.padStart(32, "0")}'`;

/** Takes a backup, with what a person would be warned of; `change` stands between it and its proof. */
const taking = async (change: (proof: Proof) => Proof = (proof) => proof, all = false) => {
  const file = path();
  const warnings: string[] = [];
  const taken = withSession(migrator, (session) =>
    withProof(migrator, all, (proof) => {
      const options = {
        environment,
        schemas: live,
        withBinlog: false,
        warn: (text: string) => warnings.push(text),
      };
      const sealing = { recipients: [age.recipient] };
      return writeBackup(dump(session, { ...options, proof: change(proof) }), {
        file,
        sealing,
        access: database.access,
      });
    }),
  );
  const { proven } = await taken.catch((error: unknown) => Promise.reject(inWords(error)));
  return { file, warnings, proven };
};

describe("D2 A27 a backup is proven while it is taken", () => {
  it("half a character, which older versions of the API let in, is backed up, restored and the same", async () => {
    await entry(1, `'{"notes": "a\\\\udc00"}'`);
    const { file, proven, warnings } = await taking();
    expect({ proven: proven > 0, warnings }).toEqual({ proven: true, warnings: [] });
    await restoring({ file });
    const bytes = "SELECT HEX(CAST(after AS BINARY)) AS bytes FROM";
    const [before] = await mysql.query(`${bytes} bulwark_audit.audit_log`);
    expect(before?.bytes).toContain("EDB080");
    expect(await mysql.query(`${bytes} bulwark_restore_audit.audit_log`)).toEqual([before]);
    await none();
  });

  it("what the server does not take back, or takes otherwise, is found by table, row and column, and no backup is left", async () => {
    await entry(1, "'{}'");
    await entry(2, `'{"notes": "a\\\\udc00"}'`);
    const raw = (values: readonly string[]) =>
      values.map((value) => value.replace("\\\\udc00", "\xed\xb0\x80"));
    const change = (proof: Proof): Proof => ({ ...proof, rows: (rows) => proof.rows(rows.map(raw)) });
    await expect(taking(change)).rejects.toThrow(
      `The backup would not be restorable: bulwark_audit.audit_log, row ${id("2")}, column after is another`,
    );
    const broken = (values: readonly string[]) => values.map((value) => value.replace("'{}'", "'{'"));
    const breaking = (proof: Proof): Proof => ({ ...proof, rows: (rows) => proof.rows(rows.map(broken)) });
    await expect(taking(breaking)).rejects.toThrow(
      new RegExp(
        `bulwark_audit.audit_log, row ${id("1")}: the server does not take it back .*audit_log.after`,
      ),
    );
    const other = (values: readonly string[]) =>
      values.map((value) => value.replace("'somebody'", "'nobody'"));
    const lying = (proof: Proof): Proof => ({
      ...proof,
      table: (table, create) =>
        proof.table(table, create.replace("`actor` varchar(128)", "`actor` varchar(3)")),
      rows: (rows) => proof.rows(rows.map(other)),
    });
    await expect(taking(lying)).rejects.toThrow(
      `The backup would not be restorable: bulwark_audit.audit_log, row ${id("1")}, column actor is another`,
    );
    expect(await database.schemasNow()).toEqual(live);
    await none();
  });

  it("JSON that is no text at all is told by table, row and column", async () => {
    await entry(3, "JSON_ARRAY(_ucs2 x'dc00')");
    await expect(taking()).rejects.toThrow(
      `bulwark_audit.audit_log, row ${id("3")}, column after: its JSON is no text`,
    );
    expect(await database.schemasNow()).toEqual(live);
    await none();
  });

  it("decimals, times and bytes in JSON are told, and what comes back is what the backup says", async () => {
    await entry(4, "JSON_OBJECT('price', CAST(2.50 AS DECIMAL(5,2)))");
    await entry(5, "JSON_OBJECT('at', CAST('2030-01-01' AS DATE))");
    await entry(6, `'{"at": "2030-01-01", "price": 2.5}'`);
    const { file, warnings } = await taking();
    expect(warnings).toEqual([
      expect.stringMatching(/^bulwark_audit\.audit_log, column after: 2 rows hold decimals, times or bytes/),
    ]);
    await expect(restoring({ file })).resolves.toBeDefined();
    const [row] = await mysql.query(
      `SELECT after->>'$.price' AS price FROM bulwark_restore_audit.audit_log WHERE id = x'${"4".padStart(32, "0")}'`,
    );
    expect(Number(row?.price)).toBe(2.5);
    await none();
  });

  it("a proof that broke off is in nobody's way; a schema of that name that somebody else made is left alone", async () => {
    await mysql.query("CREATE DATABASE bulwark_proof");
    await expect(taking()).rejects.toThrow(
      "The schema bulwark_proof was not made by a restore: it is left alone.",
    );
    await mysql.query(
      "CREATE TABLE bulwark_proof.bulwark_restore_mark (state VARCHAR(16) PRIMARY KEY, detail TEXT)",
    );
    await mysql.query(
      "INSERT INTO bulwark_proof.bulwark_restore_mark VALUES ('restoring', 'a backup being proven')",
    );
    await expect(taking()).resolves.toMatchObject({ warnings: [] });
    expect(await database.schemasNow()).toEqual(live);
  });
});

describe("D2 the rows of a statement", () => {
  it("are taken apart as they were put together", () => {
    const rows = [
      ["1", "'a,(b)'", "x'00ff'", "NULL"],
      ["-0e0", "'it\\'s \\\\'", "x''", "'),('"],
      ["2.5e-300", "''", "NULL", "';'"],
    ];
    const text = rows.map((values) => `(${values.join(",")})`).join(",");
    expect(tuplesIn(`INSERT INTO \`t\` (\`a\`, \`b\`, \`c\`, \`d\`) VALUES ${text};`)).toEqual(rows);
    expect(() => tuplesIn("INSERT INTO `t` (`a`) VALUES (1,'x);")).toThrow(/was altered/);
  });
});
