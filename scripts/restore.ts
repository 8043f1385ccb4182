/** `npm run restore -- <environment> FILE`: a backup into a scratch schema, verified; putting it in place is a step of its own (D2). */
import { scratchSchemas } from "../app/contract/database-users.ts";
import { wrongUsage } from "./cli/errors.ts";
import { describeManifest } from "./cli/words.ts";
import {
  migratorFlags,
  migratorLogin,
  migratorUsage,
  parseFlags,
  runCommand,
  targetOptions,
  typedPath,
} from "./ops/database/options.ts";
import { discard, promote } from "./ops/database/promote.ts";
import { restore, show } from "./ops/database/restore.ts";
import { withSession } from "./ops/database/session.ts";
import { type Target, targetOf } from "./ops/database/target.ts";

const usage = `Restores a backup into a scratch schema that must not exist, and verifies every row. The live schemas stay as they are.

  npm run restore -- ENVIRONMENT FILE               restore into ${scratchSchemas.restored} (and ${scratchSchemas.restored}_audit)
  npm run restore -- ENVIRONMENT FILE --show        only read the file to its end and say what is in it
  npm run restore -- ENVIRONMENT --promote          put the verified restore in place; what was live goes to ${scratchSchemas.replaced}
  npm run restore -- ENVIRONMENT --discard NAME     drop a scratch schema, or what a promotion set aside

  --into NAME          another scratch schema (the migrator may use ${scratchSchemas.restored} only: add --secret)
  --identity FILE      age identity that opens the file, instead of KMS
  --from ENVIRONMENT   environment that the backup is of, if it is another one
${migratorUsage}`;

const flags = {
  ...migratorFlags,
  show: { type: "boolean", default: false },
  promote: { type: "boolean", default: false },
  discard: { type: "string" },
  into: { type: "string", default: scratchSchemas.restored },
  identity: { type: "string" },
  from: { type: "string" },
} as const;

const read = () => parseFlags(process.argv.slice(2), flags, usage);
type Values = ReturnType<typeof read>["values"];

const main = async (signal: AbortSignal): Promise<number> => {
  const { values, positionals } = read();
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const [environment, file, ...rest] = positionals;
  const steps = [file !== undefined, values.promote, values.discard !== undefined].filter(Boolean).length;
  if (environment === undefined || rest.length > 0 || steps !== 1) {
    throw wrongUsage("name an environment, and a file or one of --promote, --discard NAME", usage);
  }
  const target = targetOf(targetOptions(environment, values));
  if (file !== undefined) await fromFile(typedPath(file), values, target, signal);
  else if (values.discard !== undefined) await drop(values.discard, values, target);
  else await putInPlace(values, target);
  return 0;
};

const signIn = (values: Values, target: Target) => migratorLogin(target, values, usage);

const fromFile = async (file: string, values: Values, target: Target, signal: AbortSignal): Promise<void> => {
  const { into, json } = values;
  const identityFile = values.identity === undefined ? undefined : typedPath(values.identity);
  const reading = { file, target, opening: { identityFile }, signal };
  const began = performance.now();
  const manifest = values.show
    ? await show(reading)
    : await restore({
        ...reading,
        login: await signIn(values, target),
        into,
        from: values.from ?? target.environment,
        progress: (text) => json || console.log(`  ${text}`),
      });
  const seconds = (performance.now() - began) / 1000;
  const done = values.show
    ? `${file} is whole (${seconds.toFixed(1)} s):\n${describeManifest(manifest)}`
    : `Restored into ${into} in ${seconds.toFixed(1)} s; every row and checksum is right:\n${describeManifest(manifest)}
Look at it; then put it in place with --promote, or drop it with --discard ${into}.`;
  console.log(
    json ? JSON.stringify({ file, seconds, into: values.show ? null : into, manifest }, undefined, 2) : done,
  );
};

const putInPlace = async (values: Values, target: Target): Promise<void> => {
  const aside = scratchSchemas.replaced;
  const login = await signIn(values, target);
  const result = await withSession(login, (session) => promote(session, values.into, aside));
  if (values.json) return console.log(JSON.stringify({ ...result, aside }, undefined, 2));
  console.log(`In place: ${result.moved.length} tables of the ${result.detail}.`);
  if (result.setAside.length > 0) {
    console.log(
      `What was live is in ${aside} (${result.setAside.length} tables): drop it with --discard ${aside} once it is not needed.`,
    );
  }
  console.log(
    `Bring the schema up to date and the users' rights in order: pulumi up --stack ${target.environment}`,
  );
};

const drop = async (name: string, values: Values, target: Target): Promise<void> => {
  const login = await signIn(values, target);
  const detail = await withSession(login, (session) => discard(session, name));
  console.log(values.json ? JSON.stringify({ dropped: name, detail }) : `Dropped ${name} (${detail}).`);
};

runCommand(main);
