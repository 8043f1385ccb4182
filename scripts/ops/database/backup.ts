import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { schemas } from "../../../app/contract/database-users.ts";
import { CommandError } from "../../cli/errors.ts";
import { typedPath } from "../../cli/values.ts";
import { count, size } from "../../cli/words.ts";
import { accessTo } from "./access.ts";
import { dump } from "./dump.ts";
import { dataKeyOf } from "./envelope.ts";
import { writeBackup } from "./file.ts";
import { describeManifest, type Manifest } from "./format.ts";
import { accessOptions, migratorLogin } from "./options.ts";
import { type Proof, withProof } from "./proof.ts";
import { type Login, type Session, withSession } from "./session.ts";

/** What a person can ask of a backup. */
export interface BackupOptions {
  /** File or folder. Default: a file named after environment and time, in the current folder. */
  to: string | undefined;
  /** age public keys that the file is encrypted for; none: the environment's KMS key. */
  recipient: readonly string[];
  kms: string | undefined;
  /** What is loaded again and read back. */
  prove: "sample" | "all" | "nothing";
  "binlog-position": boolean;
  secret: string | undefined;
  via: Login["via"];
  "in-sandbox": boolean;
  "state-dir": string | undefined;
}

/** A backup that was taken. */
export interface Backup {
  file: string;
  bytes: number;
  seconds: number;
  /** Rows that were loaded again and read back. */
  proven: number;
  warnings: readonly string[];
  manifest: Manifest;
}

interface Surroundings {
  signal: AbortSignal;
  /** Told how far it is. */
  progress(where: string): void;
}

/** Backs an environment's database up into a file. @throws CommandError; no file is left then */
export const backUp = async (
  environment: string,
  options: BackupOptions,
  { signal, progress }: Surroundings,
): Promise<Backup> => {
  const { prove, recipient: recipients, "binlog-position": withBinlog } = options;
  const file = fileFor(environment, options.to);
  const access = accessTo(accessOptions(environment, options));
  const login = await migratorLogin(access, options);
  const kmsKey = options.kms ?? (recipients.length === 0 ? dataKeyOf(environment) : undefined);
  const began = performance.now();
  const warnings: string[] = [];
  const take = (session: Session, proof: Proof | undefined) =>
    writeBackup(
      dump(session, {
        environment,
        schemas: [schemas.data, schemas.audit],
        withBinlog,
        progress: (table, rows) => progress(`${table}, ${count(rows)} rows`),
        warn: (text) => warnings.push(text),
        proof,
      }),
      { file, sealing: { kmsKey, recipients }, access, signal },
    );
  const { bytes, result, proven } = await withSession(login, async (session) => {
    if (prove === "nothing") return { ...(await take(session, undefined)), proven: 0 };
    return withProof(login, prove === "all", (proof) => take(session, proof));
  });
  const seconds = (performance.now() - began) / 1000;
  return { file, bytes, seconds, proven, warnings, manifest: result };
};

/** A backup as a person reads it. */
export const report = ({ file, bytes, seconds, manifest, proven }: Backup): string =>
  [
    `${file}, ${size(bytes)}, in ${seconds.toFixed(1)} s`,
    describeManifest(manifest),
    `  proven      ${count(proven)} rows, loaded again and read back`,
  ].join("\n");

const fileFor = (environment: string, to = typedPath(".")): string => {
  const time = new Date()
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replaceAll(":", "");
  const name = `bulwark-${environment}-${time}.sql.zst.age`;
  const file = statSync(to, { throwIfNoEntry: false })?.isDirectory() ? join(to, name) : to;
  if (existsSync(file)) throw new CommandError(`${file} is there already: it is not overwritten.`);
  return file;
};
