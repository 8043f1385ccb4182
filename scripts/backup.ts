/** `npm run backup -- <environment>`: a portable, encrypted backup of the database, consistent without locking (D2). */
import { runCommand } from "./cli/command.ts";
import { declare } from "./cli/declaration.ts";
import { consoleOn, silentConsole } from "./cli/progress.ts";
import { oneEnvironment, oneOf, outputPath, text } from "./cli/values.ts";
import { backUp, report } from "./ops/database/backup.ts";
import { ageRecipient } from "./ops/database/envelope.ts";
import { inWords } from "./ops/database/explain.ts";
import { migratorFlags } from "./ops/database/options.ts";
import { credentialsNote } from "./ops/environment-flags.ts";

const command = declare({
  name: "backup",
  summary:
    "Backs the database up into one file: a consistent view of all tables, compressed and encrypted while it is read.",
  forms: { ENVIRONMENT: "" },
  arguments: oneEnvironment,
  flags: {
    to: {
      placeholder: "PATH",
      value: outputPath,
      description: "file or folder; default: bulwark-ENVIRONMENT-TIME.sql.zst.age in the current folder",
    },
    recipient: {
      placeholder: "age1…",
      value: ageRecipient,
      multiple: true,
      description: "encrypt for this age public key, instead of the environment's KMS key",
    },
    kms: {
      placeholder: "KEY",
      value: text,
      description:
        "encrypt with this KMS key (ARN, id or alias); together with --recipient either of them opens the file",
    },
    prove: {
      placeholder: "WHAT",
      value: oneOf(["sample", "all", "nothing"]),
      default: "sample",
      description:
        'what is loaded again and read back while the backup is taken, in a scratch schema of the same server: "sample" (the first of each table\'s statements of 256 KiB, every fiftieth after it, and odd texts), "all", or "nothing"',
    },
    "binlog-position": {
      description:
        "note where to replay binlogs from (begins a new binlog; the master user's secret is needed)",
    },
    ...migratorFlags,
  },
  notes: credentialsNote,
  exits: { missing: "the sandbox does not run" },
  stopped: "Nothing was kept.",
  explain: inWords,
});

await runCommand(command, async ({ flags, arguments: [environment] }, { signal }) => {
  const told = flags.json ? silentConsole : consoleOn(process.stdout);
  const backup = await told.step(`backup of ${environment}`, (progress) =>
    backUp(environment, flags, { signal, progress }),
  );
  for (const warning of backup.warnings) process.stderr.write(`${warning}\n`);
  console.log(flags.json ? JSON.stringify(backup, undefined, 2) : report(backup));
  return 0;
});
