import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "../../cli/errors.ts";
import type { BinlogPosition } from "../../ops/database/format.ts";

/**
 * Events of a binlog: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_replication_binlog_event.html
 * A transaction begins with a GTID event, with identifiers on or off; it carries the microsecond of the commit.
 */
const magicBytes = 4;
const headerBytes = 19;
const gtidEvents: readonly number[] = [33, 34];
/** Within the event's body: flags, server UUID, number, type of the logical clock and its two counters come first. */
const commitTimeAt = headerBytes + 1 + 16 + 8 + 1 + 8 + 8;
/** The top bit of the 7 bytes says whether the time on the original source follows. */
const timeBits = (1n << 55n) - 1n;

export interface Transaction {
  position: number;
  committedMicros: bigint;
}

/** The transactions of a binlog file, in order. */
export const transactionsIn = (file: string): Transaction[] => {
  const log = readFileSync(file);
  const found: Transaction[] = [];
  for (let position = magicBytes; position + headerBytes <= log.length; ) {
    const length = log.readUInt32LE(position + 9);
    if (length < headerBytes) throw new CommandError(`${file} is no binlog, or damaged at ${position}.`);
    if (gtidEvents.includes(log[position + 4] ?? 0)) {
      const at = position + commitTimeAt;
      const seven = BigInt(log.readUIntLE(at, 6)) | (BigInt(log[at + 6] ?? 0) << 48n);
      found.push({ position, committedMicros: seven & timeBits });
    }
    position += length;
  }
  return found;
};

/**
 * Where the first transaction begins that was committed after a moment: replay up to here, and not further.
 * (mysqlbinlog --stop-datetime does the same by whole seconds.)
 * @param from file to begin the search with
 */
export const positionAfter = (folder: string, from: string, momentMicros: bigint): BinlogPosition => {
  const files = readdirSync(folder).filter((name) => /^binlog\.\d+$/.test(name) && name >= from);
  for (const file of files.sort()) {
    const later = transactionsIn(join(folder, file)).find(
      ({ committedMicros }) => committedMicros > momentMicros,
    );
    if (later) return { file, position: later.position };
  }
  throw new CommandError("Nothing was committed after that moment: replay the binlogs to their end.");
};
