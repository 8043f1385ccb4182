import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

// Half a second less of each preview goes into compiling the AWS SDK, so this comes before anything of it is loaded.
enableCompileCache(fileURLToPath(new URL("../.tools/compile-cache", import.meta.url)));
const { preview } = await import("./plan/preview/main.ts");

const { NO_COLOR, FORCE_COLOR } = process.env;

process.exitCode = await preview(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  colours: FORCE_COLOR ? FORCE_COLOR !== "0" : process.stdout.isTTY === true && !NO_COLOR,
  // The clock starts with the process: what a person waits for includes loading the program.
  started: 0,
});
