/** `npm run backup -- <environment>`: a portable, encrypted backup of the database, consistent without locking (D2). */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { schemas } from "../app/contract/database-users.ts";
import { CommandError, wrongUsage } from "./cli/errors.ts";
import { count, describeManifest, size } from "./cli/words.ts";
import { dump } from "./ops/database/dump.ts";
import { dataKeyOf } from "./ops/database/envelope.ts";
import { writeBackup } from "./ops/database/file.ts";
import {
  migratorFlags,
  migratorLogin,
  migratorUsage,
  parseFlags,
  runCommand,
  targetOptions,
  typedPath,
} from "./ops/database/options.ts";
import { type Proof, withProof } from "./ops/database/proof.ts";
import { type Session, withSession } from "./ops/database/session.ts";
import { targetOf } from "./ops/database/target.ts";

const usage = `Backs the database up into one file: a consistent view of all tables, compressed and encrypted while it is read.

  npm run backup -- ENVIRONMENT [--to FILE|FOLDER]

  --to PATH            default: bulwark-ENVIRONMENT-TIME.sql.zst.age in the current folder
  --recipient age1…    encrypt for this age public key, instead of the environment's KMS key; may be repeated
  --kms KEY            encrypt with this KMS key (ARN, id or alias); together with --recipient either of them opens the file
  --prove WHAT         what is loaded again and read back while the backup is taken, in a scratch schema of the same server:
                       "sample" (default: the first of each table's statements of 256 KiB, every fiftieth after it, and odd
                       texts), "all", or "nothing"
  --binlog-position    note where to replay binlogs from (begins a new binlog; the master user's secret is needed)
${migratorUsage}`;

const flags = {
  ...migratorFlags,
  to: { type: "string" },
  recipient: { type: "string", multiple: true },
  kms: { type: "string" },
  prove: { type: "string", default: "sample" },
  "binlog-position": { type: "boolean", default: false },
} as const;
const proofs = ["sample", "all", "nothing"];

const main = async (signal: AbortSignal): Promise<number> => {
  const { values, positionals } = parseFlags(process.argv.slice(2), flags, usage);
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const [environment, ...rest] = positionals;
  if (environment === undefined || rest.length > 0) throw wrongUsage("name one environment", usage);
  const { json, prove, recipient: recipients = [] } = values;
  if (!proofs.includes(prove)) throw wrongUsage(`--prove takes ${proofs.join(", ")}, not "${prove}"`, usage);
  const file = fileFor(environment, values.to);
  const target = targetOf(targetOptions(environment, values));
  const login = await migratorLogin(target, values, usage);
  const kmsKey = values.kms ?? (recipients.length === 0 ? dataKeyOf(environment) : undefined);
  if (!json) console.log(`Backing up ${environment} in ${target.where}:`);
  const began = performance.now();
  const warnings: string[] = [];
  const take = (session: Session, proof: Proof | undefined) =>
    writeBackup(
      dump(session, {
        environment,
        schemas: [schemas.data, schemas.audit],
        withBinlog: values["binlog-position"],
        progress: ({ name, rows }) => json || console.log(`  ${name}: ${count(rows)} rows`),
        warn: (text) => warnings.push(text),
        proof,
      }),
      { file, sealing: { kmsKey, recipients }, target, signal },
    );
  const { bytes, result, proven } = await withSession(login, async (session) => {
    if (prove === "nothing") return { ...(await take(session, undefined)), proven: 0 };
    return withProof(login, prove === "all", (proof) => take(session, proof));
  });
  const seconds = (performance.now() - began) / 1000;
  for (const warning of warnings) process.stderr.write(`${warning}\n`);
  if (json)
    console.log(JSON.stringify({ file, bytes, seconds, proven, warnings, manifest: result }, undefined, 2));
  else {
    console.log(`${file}, ${size(bytes)}, in ${seconds.toFixed(1)} s\n${describeManifest(result)}`);
    console.log(`  proven      ${count(proven)} rows, loaded again and read back`);
  }
  return 0;
};

const fileFor = (environment: string, to: string | undefined): string => {
  const time = new Date()
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replaceAll(":", "");
  const name = `bulwark-${environment}-${time}.sql.zst.age`;
  const path = typedPath(to ?? ".");
  const file = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, name) : path;
  if (existsSync(file)) throw new CommandError(`${file} is there already: it is not overwritten.`);
  return file;
};

runCommand(main);
