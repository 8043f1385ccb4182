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
await app.query("SELECT COUNT(*) FROM bookings WHERE notes = 'A secret name' AND SLEEP(0.001) = 0");

// As the API sends its statements.
for (let call = 0; call < 30; call += 1) {
  await app.execute("SELECT notes FROM bookings WHERE client_email = ? AND status <> 'A secret state'", [
    "x",
  ]);
}

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
      statement.startsWith("SELECT COUNT ( * ) FROM `bookings` WHERE `notes`"),
    );
    expect(scan).toMatchObject({ count: 1, withoutIndex: 1, examined: 200 });
  });

  it("lists prepared statements, which MySQL 8.0 does not count by shape, once, without a value of their text", async () => {
    const found = (await statements("top")).filter(({ statement }) =>
      /SELECT .?notes.? FROM/.test(statement),
    );
    const executed = found.filter(({ statement }) => !statement.startsWith("PREPARE"));
    expect(executed).toEqual([expect.objectContaining({ count: 30, examined: 6_000, withoutIndex: 30 })]);
    expect(executed[0]?.statement).toMatch(/client_email.? = \? AND .+ \?$/);
  });

  it("says how many executions of prepared statements are forgotten with their connections", async () => {
    const short = await database.mysql.connect(database.app, "bulwark");
    for (let call = 0; call < 5; call += 1) await short.execute("SELECT ? + 1", [call]);
    await short.end();
    const { stdout } = await report("top");
    const [version] = /\d+\.\S+(?=, up)/.exec(stdout) ?? [];
    if (Number.parseInt(version ?? "", 10) === 8)
      expect(stdout).toContain(`5 executions of prepared statements are not listed: MySQL ${version} counts`);
    else expect(stdout).not.toContain("prepared statements are not listed");
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
      /^Slowest, MySQL \d+\.\S+, up for \d+ min:\n\n +total +calls +average +p95 +slowest +rows\/use/,
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
