import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const script = fileURLToPath(new URL("../../../../scripts/preview.ts", import.meta.url));
const run = promisify(execFile);
/** A whole process: it loads the AWS SDK, beside everything else that the tests do. */
const patience = 60_000;

const preview = (...args: string[]) => {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return run(process.execPath, [script, ...args], { env: { PATH, NODE_COMPILE_CACHE }, maxBuffer: 64 << 20 });
};

describe("S1 the preview as typed in a shell", () => {
  it(
    "S1 puts the plan, and nothing else, on standard output, without credentials, home folder or Pulumi",
    async () => {
      const { stdout } = await preview("staging", "--json");
      expect(JSON.parse(stdout).resources.length).toBeGreaterThan(100);
    },
    patience,
  );

  it(
    "S1 leaves with 2 for a misspelt environment, and tells those that exist on standard error",
    async () => {
      const failure = await preview("stagging").catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 2, stdout: "" });
      expect(failure).toHaveProperty("stderr", expect.stringContaining("staging"));
    },
    patience,
  );
});
