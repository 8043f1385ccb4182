import { describe, expect, it } from "vitest";
import { terminal } from "../../../../scripts/cli/progress.ts";
import { positionAfter, transactionsIn } from "../../../../scripts/drills/pitr/binlog.ts";
import { pitrDrill } from "../../../../scripts/drills/pitr/drill.ts";
import { withServers } from "../../../../scripts/drills/pitr/servers.ts";
import { withSession } from "../../../../scripts/ops/database/session.ts";

describe("D2 point-in-time recovery", () => {
  it("a dropped table comes back exactly as it was at a moment, from a backup under load and binlogs", async () => {
    let told = "";
    const console = terminal((text) => {
      told += text;
    });
    const options = { bookings: 300, changes: 40, console };
    const { atMoment, restored, laterThere } = await pitrDrill(options);
    expect(restored).toEqual(atMoment);
    expect(laterThere).toBe(0);
    expect(atMoment.rows).toBeGreaterThan(300);
    expect(told).toContain("a client drops the table");
  }, 60_000);

  it("finds each transaction of a binlog, and the first one after a moment", async () => {
    await withServers(async ({ source }) => {
      const { login, dataFolder } = source;
      const moments = await withSession(login, async (session) => {
        const now = async () => {
          const [row] = await session.query(
            "SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS UNSIGNED) AS micros",
          );
          return BigInt(String(row?.micros));
        };
        await session.query("CREATE DATABASE trial");
        await session.query("CREATE TABLE trial.rows_of_it (id INT PRIMARY KEY)");
        const early = await now();
        for (let id = 0; id < 5; id += 1) await session.query(`INSERT INTO trial.rows_of_it VALUES (${id})`);
        return { early, late: await now() };
      });
      const events = await withSession(login, (session) =>
        session.query("SHOW BINLOG EVENTS IN 'binlog.000001'"),
      );
      const starts = events
        .filter(({ Event_type }) => /Gtid$/.test(String(Event_type)))
        .map(({ Pos }) => Number(Pos));
      const found = transactionsIn(`${dataFolder}/binlog.000001`);
      expect(found.map(({ position }) => position)).toEqual(starts);
      const position = starts.at(-5);
      expect(positionAfter(dataFolder, "binlog.000001", moments.early)).toEqual({
        file: "binlog.000001",
        position,
      });
      expect(() => positionAfter(dataFolder, "binlog.000001", moments.late)).toThrow(
        /Nothing was committed after/,
      );
    });
  }, 60_000);
});
