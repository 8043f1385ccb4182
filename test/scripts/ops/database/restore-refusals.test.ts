import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { dump } from "../../../../scripts/ops/database/dump.ts";
import { writeBackup } from "../../../../scripts/ops/database/file.ts";
import type { RestoreOptions } from "../../../../scripts/ops/database/restore.ts";
import { withSession } from "../../../../scripts/ops/database/session.ts";
import { live, withRestores } from "./restores.ts";
import { addBookings, ageKey, environment, withDatabase } from "./world.ts";

const database = await withDatabase();
const { mysql, age, path } = database;
await addBookings(mysql, 2_000);
const { whole, restoring } = await withRestores(database);

/** A backup with its text changed on the way into the file. */
const altered = async (change: (text: string) => string): Promise<string> => {
  const file = path();
  await withSession(database.admin, (session) => {
    const pieces = dump(session, { environment, schemas: live, withBinlog: false });
    const text = async function* () {
      for await (const piece of pieces) yield Buffer.from(change(String(piece)));
    };
    return writeBackup(text(), { file, sealing: { recipients: [age.recipient] }, access: database.access });
  });
  return file;
};

describe("D2 restore refuses, says why, and leaves nothing behind:", () => {
  it.each<[string, () => Promise<Partial<RestoreOptions>>, RegExp]>([
    [
      "a wrong age key",
      async () => ({ opening: await ageKey(database.folder, `${Date.now()}.txt`) }),
      /None of the identities in .* opens the file/,
    ],
    [
      "no key for a file that KMS did not seal",
      async () => ({ opening: {} }),
      /not written for a KMS key: give the age identity/,
    ],
    ["a file cut off", async () => ({ file: cut(statSync(whole.file).size - 100) }), /cut off or damaged/],
    [
      "a file cut off between chunks",
      async () => ({ file: cut(header() + 16 + 65_552) }),
      /cut off or damaged/,
    ],
    [
      "a file cut off in its header",
      async () => ({ file: cut(60) }),
      /no backup, or its beginning is damaged/,
    ],
    ["a flipped bit", async () => ({ file: flipped() }), /cut off or damaged/],
    ["something else", async () => ({ file: text("hello") }), /no backup, or its beginning is damaged/],
    ["no file", async () => ({ file: path("nowhere.age") }), /No such file/],
    [
      "an older server than the backup's",
      async () => ({
        file: await altered((text) => text.replace(/"version":"[\d.]+"/, '"version":"99.1.0"')),
      }),
      /taken from MySQL 99\.1\.0, and this server is .*Restore to 99\.1 or newer/,
    ],
    [
      "a newer format",
      async () => ({ file: await altered((text) => text.replace('"format":1', '"format":2')) }),
      /format 2; this program reads format 1/,
    ],
    [
      "another environment's backup",
      async () => ({
        file: await altered((text) => text.replace('"environment":"staging"', '"environment":"production"')),
      }),
      /a backup of "production", not of "staging".*--from production/,
    ],
    [
      "a row fewer than it says",
      async () => ({
        file: await altered((text) =>
          text.replace(/"name":"organisations","rows":1/, '"name":"organisations","rows":2'),
        ),
      }),
      /organisations came back with 1 rows instead of 2/,
    ],
    [
      "other contents than it says",
      async () => ({ file: await altered((text) => text.replace("'Default'", "'Defect'")) }),
      /organisations came back with other contents/,
    ],
    [
      "a table fewer than it says",
      async () => ({
        file: await altered((text) =>
          text.replace(/,?\{"schema":"bulwark","name":"organisations"[^}]*\}/, ""),
        ),
      }),
      /Of bulwark, .*organisations.* came back, and not (?!.*organisations)/,
    ],
    [
      "no end",
      async () => ({ file: await altered((text) => text.replace(/^-- bulwark \{"kind":"end".*\n$/, "")) }),
      /has no end: it was cut off while it was written/,
    ],
    [
      "statements that no backup holds",
      async () => ({
        file: await altered((text) =>
          text.replace(/^(-- bulwark \{"kind":"end")/, "DROP TABLE bookings;\n$1"),
        ),
      }),
      /a line that no backup has \("DROP TABLE bookings;"…\)/,
    ],
    [
      "another schema's table",
      async () => ({
        file: await altered((text) =>
          text.replace(/^INSERT INTO `organisations`/, "INSERT INTO `bulwark`.`organisations`"),
        ),
      }),
      /a line that no backup has/,
    ],
  ])("%s", async (_what, change, message) => {
    await expect(restoring(await change())).rejects.toThrow(message);
    expect(await database.schemasNow()).toEqual(live);
  });

  it("an existing scratch schema, which stays as it is", async () => {
    await mysql.query("CREATE DATABASE bulwark_restore_audit");
    await expect(restoring()).rejects.toThrow(/bulwark_restore_audit exists already: nothing is overwritten/);
    expect(await database.schemasNow()).toEqual([...live, "bulwark_restore_audit"]);
  });

  it("rows that come back otherwise, by table, row and column", async () => {
    const spoil = async (statement: string) => {
      const spoiled: Promise<unknown>[] = [];
      const progress = (text: string) => {
        if (text.startsWith("loading audit_log") && spoiled.length === 0)
          spoiled.push(mysql.query(statement));
      };
      const outcome = await restoring({ progress }).catch((error: unknown) => String(error));
      await Promise.all(spoiled);
      return outcome;
    };
    const id = "id = x'00000000000070008000000000000001'";
    await mysql.query("SET SESSION foreign_key_checks = 0");
    expect(await spoil("UPDATE bulwark_restore.organisations SET name = 'another'")).toContain(
      `bulwark.organisations came back with other contents (its checksum differs): bulwark.organisations, row ${id}, column name is another`,
    );
    expect(await spoil("DELETE FROM bulwark_restore.organisations")).toContain(`row ${id} is missing`);
    await mysql.query("SET SESSION foreign_key_checks = 1");
    expect(await database.schemasNow()).toEqual(live);
  });

  it("a connection lost half-way: another one clears away", async () => {
    const tunnel = await cuttingTunnel(100_000);
    const login = { ...database.migrator, via: { host: "127.0.0.1", port: tunnel.port } };
    await expect(restoring({ login })).rejects.toThrow(/Nobody answers \(/);
    expect(tunnel.connections()).toBe(2);
    expect(await database.schemasNow()).toEqual(live);
    tunnel.close();
  });

  it("a server that no trusted authority vouches for", async () => {
    const login = { ...database.migrator, authorities: [] };
    await expect(restoring({ login })).rejects.toThrow(/certificate is not to be trusted/);
  });

  it("Ctrl-C, half-way", async () => {
    const stop = new AbortController();
    const progress = (text: string) =>
      text.startsWith("loading organisations") && stop.abort(new Error("stopped by hand"));
    await expect(restoring({ signal: stop.signal, progress })).rejects.toThrow("stopped by hand");
    expect(await database.schemasNow()).toEqual(live);
  });
});

/** A way to the server that breaks once, after so many bytes from the client. */
const cuttingTunnel = async (bytes: number) => {
  let seen = 0;
  let connections = 0;
  const tunnel = createServer((client) => {
    connections += 1;
    const server = connect(mysql.port, "127.0.0.1");
    client.on("data", (data) => {
      const before = seen;
      seen += data.length;
      if (before <= bytes && seen > bytes) client.destroy();
    });
    for (const socket of [client, server]) socket.on("error", () => undefined);
    client.on("close", () => server.destroy());
    client.pipe(server).pipe(client);
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  tunnel.listen(0, "127.0.0.1", resolve);
  await promise;
  const address = tunnel.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return { port, connections: () => connections, close: () => tunnel.close() };
};

const copy = (): string => {
  const file = path();
  copyFileSync(whole.file, file);
  return file;
};
const cut = (bytes: number): string => {
  const file = copy();
  if (bytes >= statSync(file).size) throw new Error("the backup is too short to be cut there");
  truncateSync(file, bytes);
  return file;
};
const header = (): number => {
  const bytes = readFileSync(whole.file);
  return bytes.indexOf("\n", bytes.indexOf("\n--- ") + 1) + 1;
};
const text = (content: string): string => {
  const file = path();
  writeFileSync(file, content);
  return file;
};
const flipped = (): string => {
  const file = copy();
  const bytes = readFileSync(file);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  return file;
};
