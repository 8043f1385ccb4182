import mysql from "mysql2/promise";
import { describe, expect, it } from "vitest";
import {
  applicationUser,
  migratorUser,
  monitorUser,
  schemas,
} from "../../../../app/contract/database-users.ts";
import { migrate } from "../../../../app/migrations/runner.ts";
import { createTrust } from "../../../../app/platform/trust.ts";
import { dump } from "../../../../scripts/ops/database/dump.ts";
import { dropPair, makePair } from "../../../../scripts/ops/database/scratch.ts";
import { type Session, withSession } from "../../../../scripts/ops/database/session.ts";
import { statementReport } from "../../../../scripts/ops/database/statements.ts";
import { silent } from "../../../app/support/fixture.ts";
import { useApi } from "./api.ts";
import {
  refusedToAll,
  refusedToApplication,
  refusedToMigrator,
  refusedToMonitor,
} from "./refused-statements.ts";
import { withUsers } from "./users.ts";
import { withEnvironment } from "./world.ts";

/** The server itself neither asks for TLS nor refuses triggers: what refuses is the account. */
const settings = { require_secure_transport: "OFF", log_bin_trust_function_creators: "ON" };
const world = await withEnvironment({ performanceSchema: true, settings });
const { database, users, grants, secrets } = world;
const { environment, login } = await withUsers(world);
await database.query("CREATE TABLE scratch.elsewhere (id INT)");

const bothOf = (name: string): string[] => [name, `${name}_clone`];
const application = bothOf(applicationUser.name);
const migrator = bothOf(migratorUser.name);
const monitor = bothOf(monitorUser.name);
const everybody = [...application, ...migrator, ...monitor];

const go = (user: string, command: "up" | "down-all") =>
  migrate(command, { credentials: login(user), trust: createTrust([database.ca]), logger: silent() });
const as = <Result>(user: string, work: (session: Session) => Promise<Result>) =>
  withSession({ ...login(user), authorities: [database.ca] }, work);
await go(migratorUser.name, "up");

describe("D1 the database's users", () => {
  it("are three and their clones, from any host, by TLS; another run of the bootstrap changes nothing", async () => {
    expect((await users()).map(({ name, host, tls }) => `${name}@${host} ${tls}`)).toEqual(
      everybody.map((name) => `${name}@% ANY`),
    );
    expect(await environment.run()).toMatchObject({ changed: false });
  });

  it.each(everybody)("%s holds nothing on all schemas, and no right to pass on", async (user) => {
    const lines = await grants(user);
    expect(lines[0]).toBe(`GRANT USAGE ON *.* TO \`${user}\`@\`%\``);
    expect(lines.slice(1).join()).not.toMatch(/\*\.\*|GRANT OPTION|ALL PRIVILEGES/);
  });

  it.each(everybody)("%s is refused without TLS", async (user) => {
    const { host, port, username, password } = login(user);
    await expect(mysql.createConnection({ host, port, user: username, password })).rejects.toMatchObject({
      code: "ER_ACCESS_DENIED_ERROR",
    });
    await expect(as(user, (session) => session.query("SELECT 1"))).resolves.toHaveLength(1);
  });
});

describe.each(migrator)("D1 %s may", (user) => {
  it("apply every migration, take all back, apply them again", async () => {
    await go(user, "down-all");
    await go(user, "up");
  });

  it("back everything up", async () => {
    const options = { environment: "trial", schemas: Object.values(schemas), withBinlog: false };
    const tables: string[] = [];
    await as(user, async (session) => {
      for await (const _ of dump(session, { ...options, progress: (table) => tables.push(table) }));
    });
    expect(tables).toEqual(expect.arrayContaining(["bookings", "audit_log"]));
  });

  it("make the schemas of a restore, and drop them", async () => {
    await as(user, async (session) => {
      await makePair(session, "bulwark_restore", { state: "restoring", detail: "trial" });
      await dropPair(session, "bulwark_restore");
    });
  });
});

describe.each(application)("D1 %s may", (user) => {
  it("do everything that the API does", async () => {
    const answers = await useApi(world, environment, await secrets.create(user, login(user)));
    expect(Object.keys(answers)).toHaveLength(5);
    expect(Object.entries(answers).filter(([, status]) => status >= 300)).toEqual([]);
  });
});

describe.each(monitor)("D1 %s may", (user) => {
  it("make both reports", async () => {
    await as(user, async (session) => {
      for (const kind of ["top", "slow"] as const) {
        const { statements } = await statementReport(session, { kind, limit: 10, schemas: undefined });
        expect(statements.length).toBeGreaterThan(0);
      }
    });
  });
});

describe.each(everybody)("D1 %s may not", (user) => {
  const only = application.includes(user)
    ? refusedToApplication
    : monitor.includes(user)
      ? refusedToMonitor
      : refusedToMigrator;

  it.each([...refusedToAll, ...only])("%s", async (_, sql, code) => {
    // A connection each: what one may leave behind is not the next one's business.
    await as(user, (session) => expect(session.query(sql)).rejects.toMatchObject({ code }));
  });

  it("read a file of the server into a value", async () => {
    const [row] = await as(user, (session) => session.query("SELECT LOAD_FILE('/etc/hosts') AS text"));
    expect(row).toEqual({ text: null });
  });

  it("see others' connections", async () => {
    const seen = await as(user, (session) => session.query("SHOW FULL PROCESSLIST"));
    expect(seen.map(({ User }) => User)).toEqual([user]);
    const [all] = await database.query("SELECT COUNT(*) AS n FROM performance_schema.processlist");
    expect(all?.n).toBeGreaterThan(1);
  });

  it("end others' connections", async () => {
    const [other] = await database.query("SELECT CONNECTION_ID() AS id");
    await as(user, (session) =>
      expect(session.query(`KILL ${other?.id}`)).rejects.toMatchObject({ code: "ER_KILL_DENIED_ERROR" }),
    );
  });
});

it("D1 after all that everything is as it was", async () => {
  expect(await environment.run()).toMatchObject({ changed: false });
  const [row] = await database.query("SELECT COUNT(*) AS n FROM bulwark_audit.audit_log");
  expect(row?.n).toBeGreaterThan(0);
});
