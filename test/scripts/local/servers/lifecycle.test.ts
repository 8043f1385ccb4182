import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import { afterAll, describe, expect, inject, it } from "vitest";
import {
  portTaken,
  type RedisServer,
  repositoryRoot,
  startMysql,
  startRedis,
  temporaryFolder,
} from "../../../../scripts/local/servers/index.ts";
import { eventually } from "../../../support/index.ts";

const { ca, cert, key } = inject("servers");
const tls = { ca, cert, key };
const folder = temporaryFolder("lifecycle");
afterAll(folder.remove);

/** Whether the process is there. */
const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
/** A listener on a free port, as another program would hold it. */
const holdPort = async () => {
  const holder = createServer();
  holder.listen(0, "127.0.0.1");
  await once(holder, "listening");
  const address = holder.address();
  if (!address || typeof address !== "object") throw new Error("no address");
  return { port: address.port, release: () => holder.close() };
};

// A loaded machine stretches starts and stops: what counts is that they end well.
const patience = { timeout: 60_000 };

describe("S3 the local MySQL server: start, stop, restart", patience, () => {
  it("keeps its data over a restart and leaves no process, socket or port", async () => {
    const dataDir = `${folder.path}/kept`;
    const first = await startMysql({ dataDir, tls, adminPassword: "first-password" });
    const sql = await mysql.createConnection({
      host: first.host,
      port: first.port,
      user: first.adminUser,
      password: first.adminPassword,
      ssl: { ca },
    });
    await sql.query("CREATE DATABASE kept");
    await sql.end();
    expect(existsSync(first.socket)).toBe(true);
    await first.stop();
    expect(alive(first.pid)).toBe(false);
    expect(existsSync(first.socket)).toBe(false);
    expect(await portTaken(first.port)).toBe(false);

    const second = await startMysql({ dataDir, tls, port: first.port, settings: { max_connections: "17" } });
    const login = { user: second.adminUser, password: second.adminPassword, ssl: { ca } };
    const again = await mysql.createConnection({ host: second.host, port: second.port, ...login });
    const [rows] = await again.query("SHOW DATABASES LIKE 'kept'");
    expect(rows).toHaveLength(1);
    expect((await again.query("SELECT @@max_connections AS most"))[0]).toEqual([{ most: 17 }]);
    await again.end();
    await second.stop();
    // The start-up file with the master password is gone while the server runs, too.
    expect(readdirSync(join(dataDir, "tls")).toSorted()).toEqual(["ca.pem", "cert.pem", "key.pem"]);
  });

  it("names the taken port and its holder", async () => {
    const { port, release } = await holdPort();
    await expect(startMysql({ dataDir: `${folder.path}/port`, tls, port })).rejects.toThrow(
      new RegExp(
        `^Port ${port} \\(MySQL\\) is taken by .+ \\(process ${process.pid}\\): stop it, or choose another port`,
      ),
    );
    release();
  });

  it("shows the end of the server's log and what fixes it when the data is broken", async () => {
    const dataDir = `${folder.path}/broken`;
    await (await startMysql({ dataDir, tls })).stop();
    truncateSync(join(dataDir, "data/ibdata1"), 4096);
    const start = startMysql({ dataDir, tls, resetCommand: "npm run sandbox -- --reset" });
    await expect(start).rejects.toThrow(/MySQL did not start on .+broken: it ended while starting \(/);
    await expect(start).rejects.toThrow(/\[ERROR\].*\[InnoDB\]/);
    await expect(start).rejects.toThrow(/the data is lost\): npm run sandbox -- --reset$/);
  });

  it("refuses a data directory that another run is using", async () => {
    const dataDir = `${folder.path}/used`;
    const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    await once(other, "spawn");
    const server = await startMysql({ dataDir, tls });
    writeFileSync(join(dataDir, "server.pid"), `${server.pid} ${other.pid}\n`);
    await expect(startMysql({ dataDir, tls })).rejects.toThrow(`is in use by process ${other.pid}`);
    other.kill();
    await once(other, "exit");
    // The run that used it is gone and its server is not: the next start clears it away.
    const next = await startMysql({ dataDir, tls });
    expect(alive(server.pid)).toBe(false);
    await next.kill();
  });
});

describe("S5 the local Redis server: start, stop, restart", patience, () => {
  const users = { name: "app", passwords: ["a-good-password-01"], accessString: "on ~* +@all" };
  const open = (server: RedisServer, password: string): Redis =>
    new Redis({ host: server.host, port: server.port, username: "app", password, tls: { ca } });

  it("keeps data and users over a restart when told to", async () => {
    const dir = `${folder.path}/redis`;
    const first = await startRedis({ dir, tls, persistent: true });
    await first.setUser(users);
    const before = open(first, "a-good-password-01");
    await before.set("kept", "yes");
    before.disconnect();
    await first.stop();
    expect(alive(first.pid)).toBe(false);
    expect(await portTaken(first.port)).toBe(false);
    const second = await startRedis({ dir, tls, persistent: true });
    const after = open(second, "a-good-password-01");
    expect(await after.get("kept")).toBe("yes");
    after.disconnect();
    await second.stop();
  });

  it("names the taken port, and shows the log when it cannot start", async () => {
    const { port, release } = await holdPort();
    await expect(startRedis({ dir: `${folder.path}/r2`, tls, port })).rejects.toThrow(
      `Port ${port} (Redis) is taken`,
    );
    release();
    const odd = startRedis({ dir: `${folder.path}/r3`, tls, settings: { "no-such-setting": "1" } });
    await expect(odd).rejects.toThrow(/it ended while starting[\s\S]+no-such-setting[\s\S]+rm -rf/);
  });
});

describe.runIf(process.platform === "linux")(
  "S3 S5 local servers end with the process that started them",
  patience,
  () => {
    it("even when that is killed outright", async () => {
      const script = `
      import { startMysql, startRedis } from ${JSON.stringify(`${repositoryRoot}/scripts/local/servers/index.ts`)};
      const tls = ${JSON.stringify(tls)};
      const servers = await Promise.all([
        startMysql({ dataDir: ${JSON.stringify(`${folder.path}/orphan`)}, tls }),
        startRedis({ dir: ${JSON.stringify(`${folder.path}/orphan-redis`)}, tls }),
      ]);
      console.log(JSON.stringify(servers.map((server) => server.pid)));
      setInterval(() => {}, 1000);`;
      const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
        cwd: repositoryRoot,
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [line] = await once(parent.stdout, "data");
      const pids: number[] = JSON.parse(String(line));
      expect(pids.every(alive)).toBe(true);
      parent.kill("SIGKILL");
      await eventually(() => expect(pids.filter(alive)).toEqual([]), 30_000);
    });
  },
);
