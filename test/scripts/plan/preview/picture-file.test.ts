import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { repositoryRoot, temporaryFolder } from "../../../../scripts/local/servers/index.ts";
import { type } from "./support.ts";

it("S1 the README's picture is drawn from the program as it stands (npm run picture draws it anew)", async () => {
  const folder = temporaryFolder("picture");
  onTestFinished(folder.remove);
  const file = join(folder.path, "architecture.svg");
  const { code, error } = await type(["production", "--svg", file]);
  expect(error).toContain(file);
  expect(code).toBe(0);
  const drawn = readFileSync(file, "utf8");
  expect(drawn).toBe(readFileSync(join(repositoryRoot, "docs/architecture.svg"), "utf8"));
}, 60_000);
