import { databaseCredentials } from "../../../app/contract/secret-values.ts";
import { secretName } from "../../../app/contract/secrets.ts";
import type { DatabaseAccess } from "../../../app/platform/database/database.ts";
import { auditSchemaOf } from "../../../app/platform/database/tables.ts";
import { secretValue } from "../secret-value.ts";
import type { EnvironmentAccess } from "./access.ts";
import { type Login, type Session, withSession } from "./session.ts";
import { quoteName } from "./tables.ts";

/**
 * Works on an environment's data with the API's own code, as its database user.
 * @throws CommandError when the secret cannot be used
 */
export const withApplication = async <Result>(
  access: EnvironmentAccess,
  via: Login["via"],
  work: (database: DatabaseAccess) => Promise<Result>,
): Promise<Result> => {
  const { environment, authorities } = access;
  const login = await secretValue(access, secretName(environment, "db-app"), databaseCredentials);
  return withSession({ ...login, authorities, via }, async (session) => {
    await session.query(`USE ${quoteName(login.dbname)}`);
    return work(databaseOn(session, auditSchemaOf(login.dbname)));
  });
};

/** One connection instead of the API's pool, because a tunnel may lead to the server. */
export const databaseOn = (session: Session, auditSchema: string): DatabaseAccess => {
  const connection = { run: (sql: string, values: unknown[]) => session.query(sql, values) };
  return {
    auditSchema,
    read: (work) => work(connection),
    transaction: async (work) => {
      await session.query("START TRANSACTION");
      try {
        const result = await work(connection);
        await session.query("COMMIT");
        return result;
      } catch (error) {
        await session.query("ROLLBACK");
        throw error;
      }
    },
  };
};
