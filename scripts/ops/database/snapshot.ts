import { CommandError, codeOf } from "../../cli/errors.ts";
import type { BinlogPosition } from "./format.ts";
import type { Session } from "./session.ts";
import { sessionSettings } from "./tables.ts";

/** What every read of this session sees from now on, even while others write. */
export interface Snapshot {
  version: string;
  binlog: BinlogPosition | null;
}

/** A server's version as numbers, or undefined when it is no MySQL. */
export const versionNumbers = (version: string): [number, number] | undefined => {
  const match = /^(\d+)\.(\d+)\./.exec(version);
  return match && !/mariadb/i.test(version) ? [Number(match[1]), Number(match[2])] : undefined;
};

export const serverVersion = async (session: Session): Promise<string> => {
  const [row] = await session.query("SELECT VERSION() AS version");
  return String(row?.version);
};

/**
 * Opens one consistent view of all tables: InnoDB keeps the old row versions, so nobody waits and nothing is locked.
 * @param withBinlog whether to note where to replay binlogs from, which starts a new binlog
 */
export const takeSnapshot = async (session: Session, withBinlog: boolean): Promise<Snapshot> => {
  for (const statement of sessionSettings) await session.query(statement);
  await session.query("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
  const version = await serverVersion(session);
  const binlog = withBinlog ? await startBinlog(session, version) : null;
  await session.query("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
  return { version, binlog };
};

/**
 * Begins a new binlog and returns its start. The server closes the old one only when all that is in it is committed, so a
 * snapshot taken after this holds everything before the position. The current position would not do: what is written to the
 * binlog is not yet visible for a moment.
 */
const startBinlog = async (session: Session, version: string): Promise<BinlogPosition> => {
  try {
    await session.query("FLUSH BINARY LOGS");
    const [status] = await session.query(statusStatement(version));
    if (!status) throw new CommandError("The server keeps no binlog: there is no position to note.");
    const binlogMagicBytes = 4;
    return { file: String(status.File), position: binlogMagicBytes };
  } catch (error) {
    if (!/ACCESS_DENIED/.test(codeOf(error) ?? "")) throw error;
    throw new CommandError(
      "Noting the binlog position needs RELOAD and REPLICATION CLIENT, which the migrator does not have: give the master user's secret with --secret.",
      { cause: error },
    );
  }
};

/** The statement was renamed in 8.2, and its old name removed in 8.4. */
const statusStatement = (version: string): string => {
  const [major, minor] = versionNumbers(version) ?? [0, 0];
  return major > 8 || (major === 8 && minor >= 2) ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS";
};
