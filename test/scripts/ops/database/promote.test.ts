import { describe, expect, it } from "vitest";
import { discard, promote } from "../../../../scripts/ops/database/promote.ts";
import type { Session } from "../../../../scripts/ops/database/session.ts";
import { live, withRestores } from "./restores.ts";
import { addBookings, withDatabase } from "./world.ts";

const database = await withDatabase();
const { mysql } = database;
await addBookings(mysql, 300);
const { restoring, asMigrator, whole } = await withRestores(database);
const tables = whole.manifest.tables.length;

describe("D2 putting a restore in place", () => {
  it("is one step for all tables; what was live is set aside, and goes when told to", async () => {
    await restoring();
    await mysql.query(
      "INSERT INTO bulwark.organisations (id, name) VALUES (RANDOM_BYTES(16), 'written after the backup')",
    );
    const { moved, setAside } = await asMigrator((session) =>
      promote(session, "bulwark_restore", "bulwark_replaced"),
    );
    expect(moved).toHaveLength(tables);
    expect(setAside).toHaveLength(tables);
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

  it("works where the database was lost", async () => {
    for (const schema of live) await mysql.query(`DROP DATABASE ${schema}`);
    await restoring();
    const { moved, setAside } = await asMigrator((session) =>
      promote(session, "bulwark_restore", "bulwark_replaced"),
    );
    expect([moved.length, setAside.length]).toEqual([tables, 0]);
    const [row] = await mysql.query("SELECT COUNT(*) AS n FROM bulwark.bookings");
    expect(row?.n).toBe(300);
  });

  it("waits for nobody forever: with the tables in use nothing changes", async () => {
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

  it("only what a restore made and verified is touched", async () => {
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
