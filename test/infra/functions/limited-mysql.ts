import { chmodSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, expect } from "vitest";
import { ensureMysql, temporaryFolder } from "../../../scripts/local/servers/index.ts";
import { serverOwner } from "../../../scripts/local/servers/owner.ts";
import { eventually, type OwnMysql, withOwnMysql } from "../../support/index.ts";

/**
 * A real MySQL whose system tables cannot grow: the kernel refuses to make any file larger than theirs is (ulimit -f), as it
 * refuses on a full disk. Call it at the top of a file.
 */
export const withLimitedMysql = async (): Promise<OwnMysql> => {
  const { mysqld, baseDir } = await ensureMysql();
  const folder = temporaryFolder("limited-mysql");
  const before = process.env.PATH;
  afterAll(() => {
    process.env.PATH = before;
    folder.remove();
  });
  const base = baseDir === undefined ? "" : `--basedir="${baseDir}"`;
  const script = [
    "#!/bin/sh",
    // The signal that comes with the refusal would end the server; no disk sends one.
    "trap '' XFSZ",
    'for word; do case "$word" in --datadir=*) data=$(echo "$word" | cut -d= -f2) ;; esac; done',
    'if [ -n "$data" ]; then ulimit -f $(($(wc -c < "$data/mysql.ibd") / 512)); fi',
    `exec "${mysqld}" "$@" ${base}`,
  ];
  const program = join(folder.path, "mysqld");
  writeFileSync(program, `${script.join("\n")}\n`);
  // Where no other account reaches the real server (a clone below /root), none may reach this one: root then runs it.
  chmodSync(folder.path, serverOwner("mysql", mysqld) === undefined ? 0o700 : 0o755);
  chmodSync(program, 0o755);
  process.env.PATH = `${folder.path}${delimiter}${before ?? ""}`;
  // What is dropped is cleared away at once, and not only when there is a lot of it.
  const database = await withOwnMysql({ settings: { innodb_purge_rseg_truncate_frequency: "1" } });
  await useUpReserve(database);
  return database;
};

/** A fresh data directory has a few megabytes in reserve, one more than the next: they go into the server's own help pages. */
const useUpReserve = (database: OwnMysql): Promise<void> =>
  untilFull((number) => {
    const row = [1_000_000 + number, `topic ${number}`, "x".repeat(60_000)];
    const columns = "help_topic_id, name, description, help_category_id, example, url";
    return database.query(`INSERT INTO mysql.help_topic (${columns}) VALUES (?, ?, ?, 0, '', '')`, row);
  });

/**
 * Fills the server's system tables around an account, until neither the account nor a grant of it would fit: a page that has
 * room left takes a row also on a full disk.
 * @returns what frees the space again
 */
export const fillAround = async (database: OwnMysql, user: string): Promise<() => Promise<void>> => {
  // Sorts next before the account, so that its row is the account's neighbour. Rows no longer than the account's own.
  const neighbour = user.replace(/.$/, (letter) => String.fromCharCode(letter.charCodeAt(0) - 1));
  const made: string[] = [];
  await untilFull(async (number) => {
    const name = `${neighbour}${number.toString(36).padStart(2, "0")}`;
    await database.query("CREATE USER ?@'%'", [name]);
    made.push(name);
  });
  const [last = neighbour] = made.slice(-1);
  await untilFull((number) =>
    database.query(`GRANT SELECT ON \`j${number.toString(36).padStart(2, "0")}\`.* TO ?@'%'`, [last]),
  );
  return async () => {
    for (const name of made) await database.query("DROP USER ?@'%'", [name]);
    // What is dropped takes its room until the server has cleared it away, which it does in the background.
    await eventually(async () => {
      const sql = "SELECT count FROM information_schema.innodb_metrics WHERE name = 'trx_rseg_history_len'";
      expect(await database.query(sql)).toEqual([{ count: 0 }]);
    });
  };
};

const untilFull = async (add: (number: number) => Promise<unknown>): Promise<void> => {
  for (let number = 0; number < 36 ** 2; number += 1) {
    try {
      await add(number);
    } catch (error) {
      expect(String(error)).toMatch(/errcode 135|is full/);
      return;
    }
  }
  throw new Error("the server's tables did not fill up");
};
