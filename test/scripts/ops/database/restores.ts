import { beforeEach } from "vitest";
import { inWords } from "../../../../scripts/ops/database/explain.ts";
import type { Manifest } from "../../../../scripts/ops/database/format.ts";
import { type RestoreOptions, restore } from "../../../../scripts/ops/database/restore.ts";
import { type Session, withSession } from "../../../../scripts/ops/database/session.ts";
import { environment, type TestDatabase } from "./world.ts";

/** The live schemas. */
export const live = ["bulwark", "bulwark_audit"];

/** Restores of a backup into a scratch schema that is gone again before each test. */
export const withRestores = async (database: TestDatabase) => {
  const { mysql, age } = database;
  const whole: { file: string; manifest: Manifest } = await database.backup();
  beforeEach(async () => {
    for (const name of ["bulwark_restore", "bulwark_replaced"]) {
      for (const schema of [name, `${name}_audit`]) await mysql.query(`DROP DATABASE IF EXISTS ${schema}`);
    }
  });
  const restoring = (changes: Partial<RestoreOptions> = {}): Promise<Manifest> => {
    const options: RestoreOptions = {
      file: whole.file,
      opening: { identityFile: age.identityFile },
      access: database.access,
      login: database.migrator,
      into: "bulwark_restore",
      from: environment,
      signal: new AbortController().signal,
      ...changes,
    };
    return restore(options).catch((error: unknown) => Promise.reject(inWords(error)));
  };
  const asMigrator = <Result>(work: (session: Session) => Promise<Result>) =>
    withSession(database.migrator, work);
  return { whole, restoring, asMigrator };
};
