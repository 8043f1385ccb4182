import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { CommandError } from "../../cli/errors.ts";
import type { BinlogPosition } from "../../ops/database/format.ts";
import { withSession } from "../../ops/database/session.ts";
import type { DrillServer } from "./servers.ts";

const replicator = "drill_replicator";
const pollMs = 50;

/** Lets the target repeat what the source's binlogs hold between two positions, over verified TLS, and waits for it. */
export const replay = async (
  source: DrillServer,
  target: DrillServer,
  range: { from: BinlogPosition; until: BinlogPosition; timeoutSeconds: number },
): Promise<void> => {
  const password = randomBytes(16).toString("hex");
  await withSession(source.login, async (session) => {
    await session.query(`CREATE USER ${replicator}@'%' IDENTIFIED BY '${password}' REQUIRE SSL`);
    await session.query(`GRANT REPLICATION SLAVE ON *.* TO ${replicator}@'%'`);
  });
  await withSession(target.login, async (session) => {
    // By number: to MySQL "localhost" means a socket.
    await session.query(
      `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = ${source.server.port}, SOURCE_SSL = 1,
       SOURCE_SSL_CA = '${target.caFile}', SOURCE_SSL_VERIFY_SERVER_CERT = 1,
       SOURCE_LOG_FILE = '${range.from.file}', SOURCE_LOG_POS = ${range.from.position}`,
    );
    await session.query(
      `START REPLICA UNTIL SOURCE_LOG_FILE = '${range.until.file}', SOURCE_LOG_POS = ${range.until.position}
       USER = '${replicator}' PASSWORD = '${password}'`,
    );
    const deadline = Date.now() + range.timeoutSeconds * 1000;
    for (;;) {
      const [status = {}] = await session.query("SHOW REPLICA STATUS");
      const trouble = String(status.Last_SQL_Error || status.Last_IO_Error || "");
      if (trouble !== "") throw new CommandError(`The replay stopped: ${trouble}`);
      if (status.Replica_SQL_Running === "No") break;
      if (Date.now() > deadline)
        throw new CommandError(`The replay took longer than ${range.timeoutSeconds} s.`);
      await delay(pollMs);
    }
    await session.query("STOP REPLICA");
    await session.query("RESET REPLICA ALL");
  });
};
