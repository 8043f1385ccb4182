import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { repositoryRoot, temporaryFolder } from "../../../../scripts/local/servers/index.ts";
import { preview } from "../../../../scripts/plan/preview/main.ts";

it("S1 the README's picture is drawn from the program as it stands (npm run picture draws it anew)", async () => {
  const folder = temporaryFolder("picture");
  onTestFinished(folder.remove);
  const file = join(folder.path, "architecture.svg");
  const told: string[] = [];
  const exitCode = await preview(["production", "--svg", file], {
    out: () => undefined,
    error: (text) => told.push(text),
    colours: false,
    started: performance.now(),
  });
  expect(told.join("")).toContain(file);
  expect(exitCode).toBe(0);
  const drawn = readFileSync(file, "utf8");
  expect(drawn).toBe(readFileSync(join(repositoryRoot, "docs/architecture.svg"), "utf8"));
}, 60_000);
