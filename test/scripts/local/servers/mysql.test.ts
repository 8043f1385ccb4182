import mysql from "mysql2/promise";
import { describe, expect, it } from "vitest";
import { withMysql } from "../../../support/index.ts";

const database = await withMysql();

describe("S3 the local MySQL stands in for RDS", () => {
  it("refuses connections without TLS", async () => {
    const { host, port, admin } = database;
    const plain = mysql.createConnection({ host, port, user: admin.username, password: admin.password });
    await expect(plain).rejects.toThrow(/require_secure_transport/);
  });

  it("keeps a ROW binlog, signs in with caching_sha2_password and runs in UTC", async () => {
    const [row] = await database.query(
      "SELECT @@log_bin AS log_bin, @@binlog_format AS format, @@time_zone AS zone, @@performance_schema AS ps",
    );
    expect(row).toMatchObject({ log_bin: 1, format: "ROW", zone: "+00:00", ps: 1 });
    const [user] = await database.query("SELECT plugin FROM mysql.user WHERE user = ?", [
      database.admin.username,
    ]);
    expect(user).toEqual({ plugin: "caching_sha2_password" });
  });

  // A server of the person's own has its own settings.
  it.skipIf(process.env.MYSQL_URL)(
    "counts statements in performance_schema within 150 MiB, where the defaults take 220",
    async () => {
      const rows = await database.query("SHOW ENGINE PERFORMANCE_SCHEMA STATUS");
      const total = rows.find(({ Name }) => Name === "performance_schema.memory");
      expect(Number(total?.Status) / 2 ** 20).toBeLessThan(150);
    },
  );

  it("gives the master user no more than RDS does", async () => {
    const grants = JSON.stringify(await database.query("SHOW GRANTS"));
    expect(grants).not.toMatch(/SUPER|FILE|SHUTDOWN/);
    await expect(database.query("SET GLOBAL read_only = 1")).rejects.toThrow(/Access denied/);
  });
});
