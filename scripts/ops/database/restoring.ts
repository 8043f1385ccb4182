import { scratchSchemas } from "../../../app/contract/database-users.ts";
import { type Console, consoleOn, silentConsole } from "../../cli/progress.ts";
import type { EnvironmentAccess } from "./access.ts";
import { describeManifest } from "./format.ts";
import { migratorLogin } from "./options.ts";
import { discard, promote } from "./promote.ts";
import { restore, show } from "./restore.ts";
import { type Login, withSession } from "./session.ts";

/** What a person can ask of a restore. */
export interface RestoreFlags {
  show: boolean;
  /** Scratch schema. */
  into: string;
  /** File of an age identity; none: KMS opens the backup. */
  identity: string | undefined;
  /** Environment that the backup is of, if it is another one. */
  from: string | undefined;
  secret: string | undefined;
  via: Login["via"];
  json: boolean;
}

const consoleFor = ({ json }: RestoreFlags): Console => (json ? silentConsole : consoleOn(process.stdout));

/** Restores a backup into a scratch schema, or with `show` only reads it, and tells what is in it. */
export const fromFile = async (
  file: string,
  flags: RestoreFlags,
  access: EnvironmentAccess,
  signal: AbortSignal,
): Promise<void> => {
  const { into, json } = flags;
  const reading = { file, access, opening: { identityFile: flags.identity }, signal };
  const began = performance.now();
  const told = consoleFor(flags);
  const manifest = flags.show
    ? await told.step(`reading ${file}`, () => show(reading))
    : await told.step(`restore into ${into}`, async (progress) => {
        const login = await migratorLogin(access, flags);
        return await restore({ ...reading, login, into, from: flags.from ?? access.environment, progress });
      });
  const seconds = (performance.now() - began) / 1000;
  const done = flags.show
    ? `${file} is whole (${seconds.toFixed(1)} s):\n${describeManifest(manifest)}`
    : `Restored into ${into} in ${seconds.toFixed(1)} s; every row and checksum is right:\n${describeManifest(manifest)}
Look at it; then put it in place with --promote, or drop it with --discard ${into}.`;
  console.log(
    json ? JSON.stringify({ file, seconds, into: flags.show ? null : into, manifest }, undefined, 2) : done,
  );
};

/** Makes the verified restore the live database, and tells where the former one is. */
export const putInPlace = async (flags: RestoreFlags, access: EnvironmentAccess): Promise<void> => {
  const aside = scratchSchemas.replaced;
  const login = await migratorLogin(access, flags);
  const result = await consoleFor(flags).step(`putting ${flags.into} in place`, () =>
    withSession(login, (session) => promote(session, flags.into, aside)),
  );
  if (flags.json) return console.log(JSON.stringify({ ...result, aside }, undefined, 2));
  console.log(`In place: ${result.moved.length} tables of the ${result.detail}.`);
  if (result.setAside.length > 0) {
    console.log(
      `What was live is in ${aside} (${result.setAside.length} tables): drop it with --discard ${aside} once it is not needed.`,
    );
  }
  if (access.deploy !== undefined)
    console.log(`Bring the schema up to date and the users' rights in order: ${access.deploy}`);
};

/** Drops a scratch schema, or what a promotion set aside. */
export const drop = async (name: string, flags: RestoreFlags, access: EnvironmentAccess): Promise<void> => {
  const login = await migratorLogin(access, flags);
  const detail = await consoleFor(flags).step(`dropping ${name}`, () =>
    withSession(login, (session) => discard(session, name)),
  );
  console.log(flags.json ? JSON.stringify({ dropped: name, detail }) : `Dropped ${name} (${detail}).`);
};
