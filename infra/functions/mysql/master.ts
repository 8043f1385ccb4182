import { masterCredentials } from "../../../app/contract/secret-values.ts";
import { Failure } from "../shared/failure.ts";
import type { SecretStore } from "../shared/secret-store.ts";
import { waitFor } from "../shared/wait.ts";
import type { MysqlServer, Session } from "./server.ts";

/** Runs work signed in as the master user. */
export type AsMaster = <Result>(work: (session: Session) => Promise<Result>) => Promise<Result>;

/** RDS changes the master password every seven days; for a moment the secret has the new one and the server does not. */
const patience = { timeoutMs: 10_000, intervalMs: 1_000 };

/**
 * Reads the password from RDS's secret each time: a cached one would be wrong within a week.
 * @throws Failure `master-refused` when the server refuses it.
 */
export const asMaster =
  (server: MysqlServer, store: SecretStore, secret: string, limits = patience): AsMaster =>
  async (work) => {
    const session = await waitFor(async () => {
      const version = await store.read(secret, masterCredentials, { stage: "AWSCURRENT" });
      if (!version) throw new Failure("master-refused", `the master secret ${secret} has no value`);
      const answer = await server.login(version.value.username, version.value.password);
      return answer === "refused" ? undefined : answer;
    }, limits);
    if (!session) {
      const message = `${server.host} refuses the master user's password in ${secret}`;
      throw new Failure("master-refused", message);
    }
    try {
      // The caller waits no longer than this; a change that succeeds later could undo a newer one.
      await session.query("SET SESSION lock_wait_timeout = 10");
      await session.query("SET ROLE ALL"); // RDS gives the master user its rights by a role
      return await work(session);
    } finally {
      await session.end();
    }
  };
