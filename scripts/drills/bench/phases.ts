import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { schemas, scratchSchemas } from "../../../app/contract/database-users.ts";
import type { EnvironmentAccess } from "../../ops/database/access.ts";
import { dump } from "../../ops/database/dump.ts";
import { linesOf, writeBackup } from "../../ops/database/file.ts";
import { load, mappingOf, readHeader } from "../../ops/database/load.ts";
import { withProof } from "../../ops/database/proof.ts";
import { restore, show } from "../../ops/database/restore.ts";
import { makePair, pairOf } from "../../ops/database/scratch.ts";
import { type Login, withSession } from "../../ops/database/session.ts";
import { sessionSettings } from "../../ops/database/tables.ts";

/** The task of a measured process. */
export interface Task {
  /** Server to read from. */
  source: Login;
  /** Server to restore to. */
  second: Login;
  /** The dump as plain text: the baseline. */
  plain: string;
  /** The backup; one with a sample of it proven, and one with every row. */
  file: string;
  proven: string;
  wholly: string;
  recipient: string;
  identityFile: string;
}

const environment = "bench";
const access: EnvironmentAccess = {
  environment,
  where: "the bench",
  aws: { region: undefined, maxAttempts: 1 },
  authorities: [],
};
const { signal } = new AbortController();
const dumpOptions = { environment, schemas: Object.values(schemas), withBinlog: false };
const into = scratchSchemas.restored;

const provenBackup = (login: Login, file: string, recipient: string, all: boolean) =>
  withSession(login, (session) =>
    withProof(login, all, (proof) =>
      writeBackup(dump(session, { ...dumpOptions, proof }), {
        file,
        sealing: { recipients: [recipient] },
        access,
      }),
    ),
  );

/** What is measured, each in a process of its own. The plain ones are what the others are compared with. */
export const phases = {
  /** A process that does nothing: how much memory Node itself takes with this program loaded. */
  nothing: async () => undefined,
  "plain dump": ({ source, plain }) =>
    withSession(source, (session) => pipeline(dump(session, dumpOptions), createWriteStream(plain))),
  backup: ({ source, file, recipient }) =>
    withSession(source, (session) =>
      writeBackup(dump(session, dumpOptions), { file, sealing: { recipients: [recipient] }, access }),
    ),
  "proven backup": ({ source, proven, recipient }) => provenBackup(source, proven, recipient, false),
  "wholly proven backup": ({ source, wholly, recipient }) => provenBackup(source, wholly, recipient, true),
  show: ({ file, identityFile }) => show({ file, opening: { identityFile }, access, signal }),
  "plain load": ({ second, plain }) =>
    withSession(second, async (session) => {
      for (const statement of sessionSettings) await session.query(statement);
      await makePair(session, into, { state: "restoring", detail: "plain load of the bench" });
      const contents = await readHeader(linesOf(createReadStream(plain, { highWaterMark: 256 * 1024 })));
      await load(session, contents, { into: mappingOf(pairOf(into)), signal });
    }),
  restore: ({ second, file, identityFile }) =>
    restore({ file, opening: { identityFile }, access, login: second, into, from: environment, signal }),
} satisfies Record<string, (task: Task) => Promise<unknown>>;

export type Phase = keyof typeof phases;
export const isPhase = (name: string): name is Phase => Object.hasOwn(phases, name);
