import type { Connection } from "mysql2/promise";
import type { DatabaseCredentials } from "../../../app/contract/secret-values.ts";
import { databaseCredentials } from "../../../app/contract/secret-values.ts";
import { asMaster } from "../../../infra/functions/mysql/master.ts";
import { type MysqlServer, mysqlServer } from "../../../infra/functions/mysql/server.ts";
import { rotationFunction } from "../../../infra/functions/rotation/function.ts";
import { stepsFor } from "../../../infra/functions/rotation/machine.ts";
import { mysqlUser } from "../../../infra/functions/rotation/mysql-user.ts";
import type { TestMysql } from "../../support/index.ts";
import type { TestSecrets } from "./secrets.ts";

/** The master password is right at once or not at all: no test waits for RDS. */
const impatient = { timeoutMs: 0, intervalMs: 1 };

/** A MySQL user with its secret and the function that rotates it, on a real server. */
export const withMysqlUser = async (
  database: TestMysql,
  secrets: TestSecrets,
  options: { wrap?: (server: MysqlServer) => MysqlServer; store?: TestSecrets["store"]; name?: string } = {},
) => {
  const { host, port, ca, admin } = database;
  const base = database.name(options.name ?? "app");
  const plain = mysqlServer({ host, port, authorities: [ca] });
  const server = options.wrap?.(plain) ?? plain;
  const store = options.store ?? secrets.store;
  const { ARN: masterSecret } = secrets.aws.putManagedSecret({
    name: `rds!db-${base}`,
    owningService: "rds",
    value: JSON.stringify(admin),
  });
  const first: DatabaseCredentials = {
    engine: "mysql",
    host,
    port,
    dbname: database.schema,
    username: base,
    password: `first-password-of-${base}`,
  };
  await database.query(
    `CREATE USER '${base}'@'%' IDENTIFIED WITH caching_sha2_password BY '${first.password}' REQUIRE SSL`,
  );
  await database.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON \`${database.schema}\`.* TO '${base}'@'%'`);
  const secret = await secrets.create(base, first);
  const master = asMaster(server, store, masterSecret, impatient);
  /** The function, for whichever secret it is told to rotate. */
  const functionFor = (arn: string) =>
    rotationFunction(
      new Map([[arn, stepsFor(arn, mysqlUser(base, server, master), store)]]),
      store,
      secrets.log,
    );
  const run = functionFor(secret);
  secrets.functions.set(secrets.functionArn(base), run);

  const credentials = async (stage?: string) => databaseCredentials.parse(await secrets.value(secret, stage));
  /** Signs in as the API would; throws what the server says when it refuses. */
  const connect = (login: DatabaseCredentials): Promise<Connection> => database.connect(login, login.dbname);
  const works = async (login: DatabaseCredentials): Promise<boolean> => {
    try {
      const connection = await connect(login);
      await connection.query("SELECT 1");
      connection.destroy();
      return true;
    } catch {
      return false;
    }
  };
  /** SHOW GRANTS with the user's own name taken out, so that two users can be compared. */
  const grants = async (user: string): Promise<string[]> => {
    const rows = await database.query(`SHOW GRANTS FOR '${user}'@'%'`);
    return rows.map((row) => String(Object.values(row)[0]).replaceAll(user, "USER")).sort();
  };
  const rotate = () => secrets.rotate(secret, base);
  return {
    base,
    clone: `${base}_clone`,
    secret,
    masterSecret,
    first,
    run,
    functionFor,
    rotate,
    credentials,
    connect,
    works,
    grants,
  };
};
export type TestMysqlUser = Awaited<ReturnType<typeof withMysqlUser>>;
