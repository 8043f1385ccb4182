import { join } from "node:path";
import { schemas, scratchSchemas } from "../../../app/contract/database-users.ts";
import { CommandError } from "../../cli/errors.ts";
import type { Console } from "../../cli/progress.ts";
import { count, size } from "../../cli/words.ts";
import type { EnvironmentAccess } from "../../ops/database/access.ts";
import { dump, measureTable } from "../../ops/database/dump.ts";
import { writeBackup } from "../../ops/database/file.ts";
import type { Manifest, TableFigures } from "../../ops/database/format.ts";
import { promote } from "../../ops/database/promote.ts";
import { restore } from "../../ops/database/restore.ts";
import { withSession } from "../../ops/database/session.ts";
import { positionAfter } from "./binlog.ts";
import { replay } from "./replay.ts";
import { type AgeKey, type DrillServer, prepare, withServers } from "./servers.ts";
import { seedBookings, Writer } from "./writer.ts";

export interface PitrOptions {
  /** Bookings that are there before anything happens. */
  bookings: number;
  /** Changes in each of the three stretches: before, up to, and after the moment. */
  changes: number;
  console: Console;
}

/** What the drill found: the moment's contents, and what came back. They must be equal. */
export interface PitrResult {
  atMoment: TableFigures;
  restored: TableFigures;
  laterThere: number;
}

const environment = "drill";
const access: EnvironmentAccess = {
  environment,
  where: "the drill",
  aws: { region: undefined, maxAttempts: 1 },
  authorities: [],
};
const replaySeconds = 120;

/**
 * Loses a table and brings it back as it was at a moment: a full backup taken under writes, then the binlogs up to the
 * last transaction before the moment, both on a second server.
 * @throws CommandError when what came back is not exactly what was there
 */
export const pitrDrill = ({ bookings, changes, console }: PitrOptions): Promise<PitrResult> =>
  withServers(async ({ source, target: second, folder, age }) => {
    console.figure("source", `MySQL ${source.server.version}, server ${source.uuid}`);
    console.figure("target", `MySQL ${second.server.version}, server ${second.uuid}`);
    const file = join(folder, "full.sql.zst.age");
    await console.step(`${count(bookings)} bookings, and a client that goes on writing`, async () => {
      await prepare(source);
      await withSession(source.login, (session) => seedBookings(session, bookings));
    });
    const writer = await Writer.open(source.login);
    try {
      const full = await console.step("a full backup while changes are made", () =>
        backUp(source, writer, { file, age, changes, console }),
      );
      const moment = await console.step("more changes; the moment is noted; more changes", () =>
        noteMoment(source, writer, changes, console),
      );
      await console.step("a client drops the table", () =>
        withSession(source.login, async (session) => {
          // Reminders refer to it: MySQL would refuse, and a client in a hurry turns that off.
          await session.query("SET foreign_key_checks = 0");
          await session.query("DROP TABLE bulwark.bookings");
        }),
      );
      await console.step("the backup on the second server, verified and put in place", () =>
        bringBack(second, { file, age, console }),
      );
      await console.step("the binlogs up to the moment, on the second server", async () => {
        if (!full.binlog) throw new CommandError("The backup holds no binlog position.");
        const until = positionAfter(source.dataFolder, full.binlog.file, moment.micros);
        console.figure("from", `${full.binlog.file}, position ${full.binlog.position}`);
        console.figure("until", `${until.file}, position ${until.position}`);
        await replay(source, second, { from: full.binlog, until, timeoutSeconds: replaySeconds });
      });
      return await console.step("compared", () => compare(second, moment, console));
    } finally {
      await writer.close();
    }
  });

const backUp = async (
  source: DrillServer,
  writer: Writer,
  { file, age, changes, console }: { file: string; age: AgeKey; changes: number; console: Console },
): Promise<Manifest> => {
  writer.resume();
  await writer.more(changes);
  const before = writer.count;
  const options = { environment, schemas: Object.values(schemas), withBinlog: true };
  const sealing = { recipients: [age.recipient] };
  const { bytes, result } = await withSession(source.login, (session) =>
    writeBackup(dump(session, options), { file, sealing, access }),
  );
  console.figure("backup", `${size(bytes)}, ${count(rowsOf(result))} bookings`);
  console.figure("meanwhile", `${writer.count - before} changes were made`);
  return result;
};

const rowsOf = ({ tables }: Manifest): number => tables.find(({ name }) => name === "bookings")?.rows ?? 0;

interface Moment {
  micros: bigint;
  writtenBefore: number;
  writtenAfter: number;
  figures: TableFigures;
}

const noteMoment = async (
  source: DrillServer,
  writer: Writer,
  changes: number,
  console: Console,
): Promise<Moment> => {
  await writer.more(changes);
  await writer.pause();
  const writtenBefore = writer.count;
  const [time, figures] = await withSession(source.login, async (session) => {
    const [row] = await session.query(
      "SELECT CAST(NOW(6) AS CHAR) AS text, CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS UNSIGNED) AS micros",
    );
    return [row, await measureTable(session, schemas.data, "bookings")] as const;
  });
  console.figure("moment", `${time?.text} UTC, after change ${writtenBefore}`);
  console.figure("then there", `${count(figures.rows)} bookings, sha256 ${figures.sha256.slice(0, 16)}…`);
  writer.resume();
  await writer.more(changes);
  await writer.pause();
  console.figure("later", `changes ${writtenBefore + 1} to ${writer.count}`);
  return { micros: BigInt(String(time?.micros)), writtenBefore, writtenAfter: writer.count, figures };
};

const bringBack = async (
  second: DrillServer,
  { file, age, console }: { file: string; age: AgeKey; console: Console },
): Promise<void> => {
  const manifest = await restore({
    file,
    opening: { identityFile: age.identityFile },
    access,
    login: second.login,
    into: scratchSchemas.restored,
    from: environment,
    signal: new AbortController().signal,
  });
  await withSession(second.login, (session) =>
    promote(session, scratchSchemas.restored, scratchSchemas.replaced),
  );
  console.figure("restored", `${count(rowsOf(manifest))} bookings`);
};

const compare = async (second: DrillServer, moment: Moment, console: Console): Promise<PitrResult> => {
  const { restored, laterThere, last } = await withSession(second.login, async (session) => {
    const written =
      "SELECT CAST(SUBSTR(client_name, 9) AS UNSIGNED) AS n FROM bulwark.bookings WHERE client_name LIKE 'Written %'";
    const [later] = await session.query(`SELECT COUNT(*) AS n FROM (${written}) AS w WHERE n > ?`, [
      moment.writtenBefore,
    ]);
    const [newest] = await session.query(`SELECT MAX(n) AS n FROM (${written}) AS w`);
    return {
      restored: await measureTable(session, schemas.data, "bookings"),
      laterThere: Number(later?.n),
      last: Number(newest?.n),
    };
  });
  const result = { atMoment: moment.figures, restored, laterThere };
  console.figure("came back", `${count(restored.rows)} bookings, sha256 ${restored.sha256.slice(0, 16)}…`);
  console.figure(
    "last change",
    `${last}; of the ${moment.writtenAfter - moment.writtenBefore} later ones, ${laterThere}`,
  );
  if (restored.sha256 === moment.figures.sha256 && restored.rows === moment.figures.rows && laterThere === 0)
    return result;
  throw new CommandError(
    `What came back is not what was there: ${restored.rows} bookings instead of ${moment.figures.rows}, ${laterThere} of later changes.`,
  );
};
