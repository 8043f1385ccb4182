import { randomUUID } from "node:crypto";
import type { DatabaseUser, Grant } from "../../../app/contract/database-users.ts";
import { type DatabaseCredentials, databaseCredentials } from "../../../app/contract/secret-values.ts";
import {
  alternateName,
  createAccount,
  dropForeignHosts,
  openAccount,
  readAccount,
  requireTls,
  revokeRoles,
} from "../mysql/accounts.ts";
import { alignGrants, declaredGrants } from "../mysql/grants.ts";
import type { MysqlServer, Session } from "../mysql/server.ts";
import { Failure } from "../shared/failure.ts";
import { makePassword } from "../shared/generate.ts";
import type { SecretStore } from "../shared/secret-store.ts";

export interface UserTask {
  user: DatabaseUser;
  /** ARN of the user's secret. */
  secret: string;
  server: MysqlServer;
  store: SecretStore;
  /** Signed in as the master user. */
  session: Session;
}
export interface UserResult {
  changes: string[];
  version: string;
  username: string;
}

/**
 * Ensures that the secret's user exists, logs in with the secret's password, needs TLS, holds exactly the declared grants and no
 * role, and that no account of its name exists for other hosts; the same for its alternate, if any. It changes only what is
 * wrong.
 */
export const ensureDatabaseUser = async (task: UserTask): Promise<UserResult> => {
  const { secret, server, store, session } = task;
  const { name: base, home: dbname, grants } = task.user;
  const address = { engine: "mysql" as const, host: server.host, port: server.port, dbname };
  const found = await store.read(secret, databaseCredentials, { stage: "AWSCURRENT" });
  if (found) refuseForeign(found.value, base);
  const wanted: DatabaseCredentials = found
    ? { ...found.value, ...address }
    : { ...address, username: base, password: makePassword() };

  const users = [base, alternateName(base)];
  const changes: string[] = [];
  // First: from where we sign in, such an account would answer in our user's stead.
  for (const user of users) {
    const hosts = await dropForeignHosts(session, user);
    changes.push(...hosts.map((host) => `dropped ${user}@${host}, which the product does not make`));
  }
  const made = await createAccount(session, wanted.username, wanted.password);
  if (made) changes.push(`made user ${wanted.username}`);
  for (const user of users) changes.push(...(await ensureRights(session, user, grants)));
  // After its rights: the API can have the password already, and does not wait for later steps.
  const opened = await openAccount(session, server, wanted);
  if (!made) changes.push(...opened);
  if (found && same(found.value, wanted)) return { changes, version: found.id, username: wanted.username };

  // Last, so that the secret never names a user that does not work.
  const token = randomUUID();
  await store.write(secret, wanted, { stage: "AWSCURRENT", token });
  const change = found ? `the secret's server is now ${server.host}:${server.port}` : "put the first value";
  return { changes: [...changes, change], version: token, username: wanted.username };
};

const refuseForeign = ({ username }: DatabaseCredentials, base: string): void => {
  if (username === base || username === alternateName(base)) return;
  throw new Failure(
    "mismatched-value",
    `the secret names user "${username}", not "${base}" or its alternate`,
  );
};

const same = (a: DatabaseCredentials, b: DatabaseCredentials): boolean =>
  a.host === b.host && a.port === b.port && a.dbname === b.dbname;

const ensureRights = async (
  session: Session,
  user: string,
  declared: readonly Grant[],
): Promise<string[]> => {
  if (!(await readAccount(session, user))) return [];
  const tls = (await requireTls(session, user)) ? [`${user} needs TLS again`] : [];
  const roles = await revokeRoles(session, user);
  const grants = await alignGrants(session, user, declaredGrants(declared));
  return [
    ...tls,
    ...roles.map((role) => `took the role ${role} from ${user}`),
    ...grants.map((difference) => `grants of ${user}: ${difference}`),
  ];
};
