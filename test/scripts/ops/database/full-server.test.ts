import { describe, expect, it } from "vitest";
import { inWords } from "../../../../scripts/ops/database/explain.ts";
import { restore } from "../../../../scripts/ops/database/restore.ts";
import { addBookings, environment, withDatabase } from "./world.ts";

// One shared file that may not grow far: the server says of it what it says of a full disk.
const database = await withDatabase({
  innodb_file_per_table: "OFF",
  innodb_data_file_path: "ibdata1:12M:autoextend:max:24M",
});
await addBookings(database.mysql, 7_000);

describe("D2 restore onto a server whose disk is full", () => {
  it("says so, and leaves nothing behind", async () => {
    const { file } = await database.backup();
    const restoring = restore({
      file,
      opening: { identityFile: database.age.identityFile },
      access: database.access,
      login: database.migrator,
      into: "bulwark_restore",
      from: environment,
      signal: new AbortController().signal,
    });
    await expect(restoring.catch((error: unknown) => Promise.reject(inWords(error)))).rejects.toThrow(
      /The server's disk is full \(The table '\w+' is full\)/,
    );
    expect(await database.schemasNow()).toEqual(["bulwark", "bulwark_audit"]);
  });
});
