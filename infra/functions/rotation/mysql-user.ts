import { type DatabaseCredentials, databaseCredentials } from "../../../app/contract/secret-values.ts";
import { alternateName, createAccount, openAccount, requireTls } from "../mysql/accounts.ts";
import { alignGrants, describeDifference, readGrants } from "../mysql/grants.ts";
import type { AsMaster } from "../mysql/master.ts";
import { asUser, column, type MysqlServer } from "../mysql/server.ts";
import { Failure } from "../shared/failure.ts";
import { makePassword } from "../shared/generate.ts";
import type { Strategy } from "./strategy.ts";

/**
 * Rotates a MySQL user by alternating between two (R2): while `app` is in use, `app_clone` gets the same privileges and a new
 * password, then becomes the one in use. The rotation never touches the user in use, so its password keeps working until the
 * next rotation.
 * @param baseName the only user, with its clone, that this secret can name.
 */
export const mysqlUser = (
  baseName: string,
  server: MysqlServer,
  master: AsMaster,
): Strategy<DatabaseCredentials> => {
  const names = [baseName, alternateName(baseName)];
  /** Prevents a writer of the secret from making the master user act on another account or server. */
  const refuseForeign = (value: DatabaseCredentials): void => {
    const { username, host, port } = value;
    if (!names.includes(username)) {
      throw new Failure("mismatched-value", `the secret names user "${username}", not ${names.join(" or ")}`);
    }
    if (host !== server.host || port !== server.port) {
      const message = `the secret names server ${host}:${port}, not ${server.host}:${server.port}`;
      throw new Failure("mismatched-value", message);
    }
  };

  return {
    schema: databaseCredentials,
    next: async (current) => {
      refuseForeign(current);
      return { ...current, username: alternateName(current.username), password: makePassword() };
    },
    check: (pending, current) => {
      refuseForeign(current);
      refuseForeign(pending);
      if (pending.username !== alternateName(current.username) || pending.dbname !== current.dbname) {
        const message = `the pending user "${pending.username}" of ${pending.dbname} does not alternate with "${current.username}" of ${current.dbname}`;
        throw new Failure("mismatched-value", message);
      }
    },
    set: async (pending, current) => {
      // A caller without the current password must not change the account (confused deputy).
      await asUser(server, current, currentRefused(current), async () => {});
      await master(async (session) => {
        await createAccount(session, pending.username, pending.password);
        await requireTls(session, pending.username);
        await alignGrants(session, pending.username, await readGrants(session, current.username));
        await openAccount(session, server, pending);
      });
    },
    test: async (value, current) => {
      const expected = await asUser(server, current, currentRefused(current), (session) =>
        readGrants(session),
      );
      await proveUser(server, value, expected);
    },
  };
};

const currentRefused = ({ username }: DatabaseCredentials): Failure =>
  new Failure(
    "current-refused",
    `MySQL refuses the current password of "${username}"; the bootstrap function repairs that`,
  );

/** Signs in as the API would, and compares what the user may do. */
const proveUser = async (
  server: MysqlServer,
  value: DatabaseCredentials,
  expected: Awaited<ReturnType<typeof readGrants>>,
): Promise<void> => {
  const refused = new Failure("pending-refused", `MySQL refuses the password of "${value.username}"`);
  await asUser(server, value, refused, async (session) => {
    const [status] = await session.query("SHOW SESSION STATUS LIKE 'Ssl_cipher'");
    if (!status?.Value) throw new Failure("tls-missing", "the connection is not encrypted");
    const [user] = column(await session.query("SELECT CURRENT_USER()"));
    if (user !== `${value.username}@%`) {
      throw new Failure("mismatched-value", `signed in as ${user} instead of ${value.username}@%`);
    }
    const differences = describeDifference(await readGrants(session), expected);
    if (differences.length > 0) {
      throw new Failure(
        "grants-differ",
        `"${value.username}" does not hold the current user's grants: ${differences.join(", ")}`,
      );
    }
  });
};
