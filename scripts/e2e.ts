/**
 * `npm run e2e -- [staging|production]`: an environment's whole life by the Pulumi engine, against an AWS and a Kubernetes on this
 * machine (docs/engine-test.md). Without a name: staging. Exit 0: it passed, 1: it did not, 2: another name, 3: no `pulumi` on PATH.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { repositoryRoot } from "./local/servers/index.ts";
import { which } from "./local/servers/run.ts";

const [first, ...rest] = process.argv.slice(2);
const named = first !== undefined && !first.startsWith("-");
const stack = named ? first : "staging";
if (!["staging", "production"].includes(stack)) {
  process.stderr.write(`npm run e2e -- [staging|production]: "${stack}" is neither\n`);
  process.exit(2);
}
if (which("pulumi") === undefined) {
  process.stderr.write("pulumi is not on PATH: https://www.pulumi.com/docs/install/ (npm test needs none)\n");
  process.exit(3);
}
const vitest = join(repositoryRoot, "node_modules/vitest/vitest.mjs");
const child = spawn(
  process.execPath,
  [
    vitest,
    "run",
    "--project",
    "engine",
    "--bail",
    "1",
    "--reporter",
    "verbose",
    ...(named ? rest : process.argv.slice(2)),
  ],
  { stdio: "inherit", cwd: repositoryRoot, env: { ...process.env, ENGINE_TEST_STACK: stack } },
);
const [code] = await once(child, "exit");
process.exitCode = code === 0 ? 0 : 1;
