import { describe, expect, it } from "vitest";
import { applicationUser } from "../../../../app/contract/database-users.ts";
import { databaseCredentials } from "../../../../app/contract/secret-values.ts";
import { type RotatedBy, secretCatalogue } from "../../../../app/contract/secrets.ts";
import { declaredGrants, describeDifference, parseGrants } from "../../../../infra/functions/mysql/grants.ts";
import { asMaster } from "../../../../infra/functions/mysql/master.ts";
import type { MysqlServer } from "../../../../infra/functions/mysql/server.ts";
import { withEnvironment } from "./world.ts";

const { database, secrets, fresh } = await withEnvironment();
type DatabasePurpose = RotatedBy<"mysql-user">;
const declared = (purpose: DatabasePurpose) => declaredGrants(secretCatalogue[purpose].rotation.user.grants);

/**
 * Runs the bootstrap, and after each statement of the master user signs in as the API would.
 * @returns the privileges that a user who got in lacked, by statement, in the order in which that happened.
 */
const lackingDuring = async (environment: Awaited<ReturnType<typeof fresh>>, purpose: DatabasePurpose) => {
  const lacking: string[] = [];
  let entries = 0;
  const look = async (statement: string) => {
    const current = (await secrets.labels(environment.arns[purpose])).AWSCURRENT;
    if (!current) return;
    const login = databaseCredentials.parse(await environment.value(purpose));
    const connection = await database.connect(login).catch(() => undefined);
    if (!connection) return;
    entries += 1;
    const [rows] = await connection.query<never[]>("SHOW GRANTS");
    connection.destroy();
    const held = parseGrants(rows.map((row) => String(Object.values(row)[0])));
    const missing = describeDifference(held, declared(purpose)).filter((one) => one.startsWith("+"));
    // ALL stands for every privilege of its object.
    const really = missing.filter(
      (one) => !held.get(one.slice(one.indexOf(" on ") + 4))?.has("ALL PRIVILEGES"),
    );
    if (really.length > 0) lacking.push(`after ${statement.slice(0, 40)}: ${really.join(", ")}`);
  };
  const watch = (server: MysqlServer): MysqlServer => ({
    ...server,
    login: async (user, password) => {
      const session = await server.login(user, password);
      if (session === "refused" || user !== database.admin.username) return session;
      const query: typeof session.query = async (sql, values) => {
        const rows = await session.query(sql, values);
        await look(sql);
        return rows;
      };
      return { ...session, query };
    },
  });
  const server = watch(environment.parts.server);
  const master = asMaster(server, secrets.store, await masterSecret(), { timeoutMs: 0, intervalMs: 1 });
  await environment.run({ master });
  return { lacking, entries };
};
const masterSecret = async () => {
  const { SecretList } = await secrets.aws.secrets.ListSecrets({});
  return SecretList.find(({ Name }) => Name === "rds!db-bootstrap")?.ARN ?? "";
};
const app = `'${applicationUser.name}'@'%'`;

describe("R6 the bootstrap lets nobody in before the rights are there", () => {
  it.each([
    ["users that are gone, while their secrets are known", [`DROP USER ${app}`]],
    [
      "an older password and no rights",
      [
        `ALTER USER ${app} IDENTIFIED BY 'password-of-the-backup'`,
        `REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${app}`,
      ],
    ],
    [
      "a locked account without rights",
      [`ALTER USER ${app} ACCOUNT LOCK`, `REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${app}`],
    ],
  ])("%s", async (_, spoil) => {
    const environment = await fresh();
    await environment.run();
    for (const statement of spoil) await database.query(statement);
    const { lacking, entries } = await lackingDuring(environment, "db-app");
    expect(lacking).toEqual([]);
    expect(entries).toBeGreaterThan(0);
    expect(await environment.run()).toMatchObject({ changed: false });
  });

  it.each([
    ["everything on its schema", [`GRANT ALL PRIVILEGES ON bulwark.* TO ${app} WITH GRANT OPTION`]],
    ["everything on the server", [`GRANT SELECT, INSERT, UPDATE, DELETE, PROCESS ON *.* TO ${app}`]],
    [
      "other rights",
      [`GRANT CREATE, DROP ON bulwark.* TO ${app}`, `GRANT UPDATE ON bulwark_audit.* TO ${app}`],
    ],
  ])("and takes %s away without a moment in which it lacks its own", async (_, spoil) => {
    const environment = await fresh();
    await environment.run();
    for (const statement of spoil) await database.query(statement);
    const { lacking, entries } = await lackingDuring(environment, "db-app");
    expect(lacking).toEqual([]);
    expect(entries).toBeGreaterThan(5);
    expect(await environment.run()).toMatchObject({ changed: false });
  });
});
