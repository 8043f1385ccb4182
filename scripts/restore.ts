/** `npm run restore -- <environment> FILE`: a backup into a scratch schema, verified; putting it in place is a step of its own (D2). */
import * as z from "zod";
import { scratchSchemas } from "../app/contract/database-users.ts";
import { runCommand } from "./cli/command.ts";
import { declare } from "./cli/declaration.ts";
import { path, text } from "./cli/values.ts";
import { accessTo } from "./ops/database/access.ts";
import { inWords } from "./ops/database/explain.ts";
import { accessOptions, migratorFlags } from "./ops/database/options.ts";
import { drop, fromFile, putInPlace } from "./ops/database/restoring.ts";
import { credentialsNote } from "./ops/environment-flags.ts";

const { restored, replaced } = scratchSchemas;
const oneStep = "Name an environment, and a file or one of --promote, --discard NAME";

const command = declare({
  name: "restore",
  summary:
    "Restores a backup into a scratch schema that must not exist, and verifies every row. The live schemas stay as they are.",
  forms: {
    "ENVIRONMENT FILE": `restore into ${restored} (and ${restored}_audit)`,
    "ENVIRONMENT FILE --show": "only read the file to its end and say what is in it",
    "ENVIRONMENT --promote": `put the verified restore in place; what was live goes to ${replaced}`,
    "ENVIRONMENT --discard NAME": "drop a scratch schema, or what a promotion set aside",
  },
  arguments: z.tuple([z.string(), path.optional()], oneStep),
  flags: {
    show: { description: "with FILE: touch no database" },
    promote: { description: "put the verified restore in place" },
    discard: { placeholder: "NAME", value: text, description: "drop this schema" },
    into: {
      placeholder: "NAME",
      value: text,
      default: restored,
      description: "another scratch schema (the migrator may use the default only: add --secret)",
    },
    identity: {
      placeholder: "FILE",
      value: path,
      description: "age identity that opens the file, instead of KMS",
    },
    from: {
      placeholder: "ENVIRONMENT",
      value: text,
      description: "environment that the backup is of, if it is another one",
    },
    ...migratorFlags,
  },
  conflict: ({ flags: { show, promote, discard, identity, from }, arguments: [, file] }) => {
    const steps = [file !== undefined, promote, discard !== undefined].filter(Boolean);
    if (steps.length !== 1) return oneStep;
    const ofFile = show || identity !== undefined || from !== undefined;
    return file === undefined && ofFile ? "--show, --identity and --from go with a file" : undefined;
  },
  notes: credentialsNote,
  exits: { missing: "the sandbox does not run" },
  stopped: "Nothing was kept.",
  explain: inWords,
});

await runCommand(command, async ({ flags, arguments: [environment, file] }, { signal }) => {
  const access = accessTo(accessOptions(environment, flags));
  if (file !== undefined) await fromFile(file, flags, access, signal);
  else if (flags.discard !== undefined) await drop(flags.discard, flags, access);
  else await putInPlace(flags, access);
  return 0;
});
