import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findGo } from "../../scripts/local/servers/needs.mjs";
import { run } from "../../scripts/local/servers/run.ts";

/** The specification's own reader, which Docker Compose uses. */
const reader = "github.com/compose-spec/compose-go/v2/cmd@v2.9.1";
const go = findGo();
if (!go)
  process.stderr.write(
    "\n!! app/compose.yaml IS NOT CHECKED HERE: its reader is compiled by Go, which is not on PATH.\n\n",
  );

describe.skipIf(!go)("A25 app/compose.yaml", () => {
  it("is what the compose specification says", { timeout: 300_000 }, async () => {
    const cwd = join(import.meta.dirname, "../../app");
    const { code, stdout, stderr } = await run(go ?? "", ["run", reader, "compose.yaml"], { cwd });
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("image: bulwark-api");
  });
});
