import { execFileSync, spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import {
  ensureMysql,
  ensureRedis,
  existingMysql,
  localCertificates,
  temporaryFolder,
} from "../../../../scripts/local/servers/index.ts";

const folder = temporaryFolder("programs");
afterAll(folder.remove);
afterEach(() => vi.unstubAllEnvs());

/** A PATH on which only the given programs are, each printing what it is told. */
const pathWith = (programs: Record<string, string>): void => {
  vi.stubEnv("PATH", `${folder.path}/bin-${Math.random().toString(36).slice(2)}`);
  mkdirSync(String(process.env.PATH));
  for (const [name, line] of Object.entries(programs)) program(name, `echo '${line}'`);
};
const program = (name: string, body: string): void =>
  writeFileSync(`${process.env.PATH}/${name}`, `#!/bin/sh\n${body}\n`, { mode: 0o755 });

describe("S3 which MySQL is used", () => {
  it("takes one on PATH from 8.0 on", async () => {
    pathWith({ mysqld: "/usr/sbin/mysqld  Ver 8.4.5 for Linux on x86_64 (MySQL Community Server - GPL)" });
    expect(await ensureMysql()).toMatchObject({
      version: "8.4.5",
      mysqld: expect.stringMatching(/^.+\/mysqld$/),
    });
  });

  it.each([
    "mysqld  Ver 10.11.11-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64",
    "mysqld  Ver 5.7.44 for Linux on x86_64 (MySQL Community Server (GPL))",
  ])("passes over %s, and says why and what would do instead", async (line) => {
    pathWith({ mysqld: line });
    const refusal = await ensureMysql(`${folder.path}/nothing-kept`).catch(String);
    expect(refusal).toMatch(/^Error: No MySQL server to be had on this machine\.\n/);
    expect(refusal).toMatch(
      /mysqld is (MariaDB, which cannot stand in for RDS|MySQL 5\.7\.44, older than 8\.0)/,
    );
    expect(refusal).toMatch(
      /Ways to get one .+\n.+Debian.+install maven.+MariaDB\).*\n.+brew install mysql\n.+on PATH.+\n.+MYSQL_URL=mysql:/,
    );
  });

  it("can be told of a server that is there already", () => {
    const file = `${folder.path}/ca.pem`;
    writeFileSync(file, "PEM");
    expect(existingMysql({ MYSQL_URL: "mysql://ro%40ot:p%2Fw@db.example:3307", MYSQL_CA: file })).toEqual({
      host: "db.example",
      port: 3307,
      adminUser: "ro@ot",
      adminPassword: "p/w",
      ca: "PEM",
    });
    expect(existingMysql({})).toBeUndefined();
    expect(() => existingMysql({ MYSQL_URL: "postgres://x" })).toThrow(/must look like mysql:\/\//);
    expect(() => existingMysql({ MYSQL_URL: "mysql://root@localhost" })).toThrow(/needs MYSQL_CA/);
  });
});

describe("S5 which Redis is used", () => {
  it.each([
    ["redis-server", "Redis server v=7.2.4 sha=00000000:0 malloc=jemalloc bits=64 build=1", "7.2.4"],
    ["valkey-server", "Valkey server v=8.0.1 sha=00000000:0 malloc=jemalloc bits=64 build=1", "8.0.1"],
  ])("takes %s from version 7 on", async (name, line, version) => {
    pathWith({ [name]: line });
    expect(await ensureRedis()).toMatchObject({ version, server: expect.stringContaining(name) });
  });

  it("says what would do when there is none", async () => {
    pathWith({ "redis-server": "Redis server v=6.0.16 sha=00000000:0" });
    await expect(ensureRedis(`${folder.path}/nothing-kept`)).rejects.toThrow(
      /No Redis server to be had[\s\S]+redis-server is no server of version 7 or newer[\s\S]+apt-get install redis-server/,
    );
  });

  it.runIf(existsSync("/etc/debian_version"))(
    "unpacks Debian's package with what the machine lacks of it, from lists of its own when the machine's do not do, and installs nothing",
    async () => {
      const cache = `${folder.path}/unpacked`;
      const calls = `${folder.path}/apt-calls`;
      pathWith({});
      // Plays Debian: the machine's own lists know nothing, and a package holds a program that says what it found beside it.
      program(
        "apt-get",
        `echo "$*" >> ${calls}
        case "$*" in
          *update) for word; do case "$word" in Dir::State::lists=*) cd "\${word#*=}/partial" || exit 100 ;; esac; done; exit 0 ;;
          *lists*--simulate*) echo "Inst libjemalloc2 (5.3)"; exit 0 ;;
          *lists*download*) for name in redis-server redis-tools libjemalloc2; do echo > $name.deb; done; exit 0 ;;
        esac
        echo "E: Unable to locate package" >&2; exit 100`,
      );
      program(
        "dpkg",
        `bin="$3/usr/bin"; /bin/mkdir -p "$bin" "$3/usr/lib/x86_64-linux-gnu"
        printf '#!/bin/sh\necho "Redis server v=7.0.15 sha=0 $LD_LIBRARY_PATH"\n' > "$bin/redis-server"
        /bin/chmod 755 "$bin/redis-server"`,
      );
      const { server, version } = await ensureRedis(cache);
      expect([server, version]).toEqual([`${cache}/redis/redis-server`, "7.0.15"]);
      expect(execFileSync(server, { encoding: "utf8" })).toContain(`${cache}/redis/usr/lib/x86_64-linux-gnu`);
      expect(readFileSync(calls, "utf8")).not.toMatch(/^(?!.*--simulate).*\binstall\b/m);
      expect(readFileSync(calls, "utf8")).toMatch(/download redis-server redis-tools libjemalloc2$/m);
      expect(readdirSync(cache)).toEqual(["redis"]);
      expect(await ensureRedis(cache)).toMatchObject({ server });
    },
  );
});

describe("S5 local certificates", () => {
  it("are made once, for localhost and its addresses, by an authority of their own", async () => {
    const first = await localCertificates(`${folder.path}/certificates`);
    const server = new X509Certificate(first.cert);
    const authority = new X509Certificate(first.ca);
    expect(server.verify(authority.publicKey)).toBe(true);
    expect([
      server.checkHost("localhost"),
      server.checkIP("127.0.0.1"),
      server.checkHost("example.com"),
    ]).toEqual(["localhost", "127.0.0.1", undefined]);
    expect(await localCertificates(`${folder.path}/certificates`)).toEqual(first);
  });

  it("are made anew when a name is missing", async () => {
    const first = await localCertificates(`${folder.path}/renamed`);
    const second = await localCertificates(`${folder.path}/renamed`, ["api.localhost"]);
    expect(second.cert).not.toBe(first.cert);
    expect(new X509Certificate(second.cert).checkHost("api.localhost")).toBe("api.localhost");
  });

  it("are believed by a TLS client that trusts the authority, and by no other", async () => {
    const { ca, cert, key } = await localCertificates(`${folder.path}/handshake`);
    const server = createServer({ cert, key }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = address && typeof address === "object" ? address.port : 0;
    const trusting = connect({ host: "localhost", port, ca });
    await once(trusting, "secureConnect");
    expect(trusting.authorized).toBe(true);
    trusting.destroy();
    const wary = connect({ host: "localhost", port });
    const [error] = await once(wary, "error");
    expect(String(error)).toMatch(/self-signed certificate|unable to verify|local issuer/);
    server.close();
  });
});

describe("S3 temporary folders of servers", () => {
  it("go away with the next one when the run that made them was killed", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    const left = join(tmpdir(), `bulwark-left-${child.pid}-abc123`);
    mkdirSync(left);
    const next = temporaryFolder("next");
    expect([existsSync(left), existsSync(next.path), existsSync(folder.path)]).toEqual([false, true, true]);
    next.remove();
    expect(existsSync(next.path)).toBe(false);
  });
});
