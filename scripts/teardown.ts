/** `npm run teardown -- <environment>`: deletes an environment, sweeps up after it and checks that nothing is left (S14). */
import { enableCompileCache } from "node:module";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";

// Loading the AWS SDK takes most of the start: this comes before anything of it.
enableCompileCache(fileURLToPath(new URL("../.tools/compile-cache", import.meta.url)));
const { teardown } = await import("./ops/teardown/main.ts");
const { usualPatience } = await import("./ops/teardown/surroundings.ts");
const { repositoryRoot } = await import("./local/servers/index.ts");
const { runProgram } = await import("./plan/monitor/index.ts");

const { NO_COLOR, FORCE_COLOR } = process.env;
const stopped = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => stopped.abort(new Error("stopped")));
}

// Nobody reads any more (a closed terminal, `| head`): no reason to break off, which would break off Pulumi half-way too.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

const ask = async (question: string): Promise<string> => {
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  // With a prompt open, Ctrl-C comes here instead of as a signal.
  prompt.on("SIGINT", () => stopped.abort(new Error("stopped")));
  try {
    return await prompt.question(question, { signal: stopped.signal });
  } finally {
    prompt.close();
  }
};

process.exitCode = await teardown(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  colours: FORCE_COLOR ? FORCE_COLOR !== "0" : process.stdout.isTTY === true && !NO_COLOR,
  env: process.env,
  ask: process.stdin.isTTY ? ask : undefined,
  stopped: stopped.signal,
  aws: {},
  patience: usualPatience,
  root: repositoryRoot,
  now: () => new Date(),
  plan: (stack) => runProgram({ stack, preview: true }),
});
