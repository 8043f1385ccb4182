import { describe, expect, it } from "vitest";
import { withSession } from "../../../../scripts/ops/database/session.ts";
import { statementReport } from "../../../../scripts/ops/database/statements.ts";
import { withOwnMysql } from "../../../support/index.ts";
import { addBookings, environment, withDatabase } from "./world.ts";

// As Database Insights runs it: waits are measured too, all else is MySQL's default.
const database = await withDatabase({
  performance_schema_instrument: "wait/%=ON",
  performance_schema_consumer_events_waits_current: "ON",
});
await addBookings(database.mysql, 200);
const app = await database.mysql.connect(database.app, "bulwark");
for (let call = 0; call < 50; call += 1) {
  await app.query("SELECT id FROM bookings WHERE id = ?", [Buffer.alloc(16)]);
}
await app.query("SELECT COUNT(*) FROM bookings WHERE client_name = 'A secret name' AND SLEEP(0.001) = 0");

const report = (...args: string[]) => database.command("report.ts", environment, ...args);
const statements = async (kind: "top" | "slow") => {
  const schemas = ["bulwark", "bulwark_audit"];
  const session = await withSession(database.monitor, (monitor) =>
    statementReport(monitor, { kind, limit: 100, schemas }),
  );
  return session.statements;
};

describe("D3 report", () => {
  it("counts calls and rows of each shape of statement, with the monitor's rights and no more", async () => {
    const all = await statements("top");
    const look = all.find(({ statement }) => statement.startsWith("SELECT `id` FROM `bookings`"));
    expect(look).toMatchObject({ schema: "bulwark", count: 50, errors: 0, withoutIndex: 0 });
    const scan = all.find(({ statement }) =>
      statement.startsWith("SELECT COUNT ( * ) FROM `bookings` WHERE `client_name`"),
    );
    expect(scan).toMatchObject({ count: 1, withoutIndex: 1, examined: 200 });
  });

  it("top goes by time in all, slow by the longest one", async () => {
    const falling = (times: number[]) => expect(times).toEqual(times.toSorted((a, b) => b - a));
    const [top, slow] = [await statements("top"), await statements("slow")];
    expect(top.length).toBeGreaterThan(2);
    falling(top.map(({ totalMs }) => totalMs));
    falling(slow.map(({ slowestMs }) => slowestMs));
  });

  it("shows no value of any statement", async () => {
    const { stdout } = await report("top", "--limit", "100", "--json", "--all-schemas");
    expect(stdout).toContain("client_name");
    expect(stdout).not.toContain("A secret name");
  });

  it("is a table for a person, cut to the limit", async () => {
    const { code, stdout } = await report("slow", "--limit", "2");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^Slowest, MySQL [\d.]+, up for \d+ min:\n\n +total +calls +average +p95 +slowest +rows\/use/,
    );
    expect(stdout.match(/^ +\d+\. /gm)).toHaveLength(2);
  });

  it("says so when performance_schema is off", async () => {
    const silent = await withOwnMysql({ schema: "bulwark" });
    const { host, port, ca, admin } = silent;
    const login = { host, port, ...admin, authorities: [ca] };
    await expect(
      withSession(login, (session) =>
        statementReport(session, { kind: "top", limit: 1, schemas: undefined }),
      ),
    ).rejects.toThrow(/performance_schema is off on this server.*out of the parameter group/);
  });

  it("a wrong command line is answered with the right one", async () => {
    const { code, stderr } = await report("fastest");
    expect(code).toBe(2);
    expect(stderr).toContain("Name an environment, and top or slow");
    expect(stderr).toContain("Help: npm run report -- --help");
  });
});
