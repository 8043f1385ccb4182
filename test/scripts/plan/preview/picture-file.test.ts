import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { repositoryRoot, temporaryFolder } from "../../../../scripts/local/servers/index.ts";
import { type } from "./support.ts";

describe("S1 the README's picture", () => {
  let drawn: string;
  beforeAll(async () => {
    const folder = temporaryFolder("picture");
    try {
      const file = join(folder.path, "architecture.svg");
      expect(await type(["production", "--svg", file])).toMatchObject({
        code: 0,
        error: `Written to ${file}\n`,
      });
      drawn = readFileSync(file, "utf8");
    } finally {
      folder.remove();
    }
  }, 60_000);

  it("S1 is drawn from the program as it stands (npm run picture draws it anew)", () => {
    expect(drawn).toBe(readFileSync(join(repositoryRoot, "docs/architecture.svg"), "utf8"));
  });

  it("S1 has its colours in attributes, for viewers without style sheets or variables, and dark ones beside them", () => {
    const shapes = drawn.match(/<(?:rect|path|circle|text) [^>]*>/g) ?? [];
    expect(shapes.length).toBeGreaterThan(100);
    expect(shapes.filter((shape) => !/ fill="(?:#[0-9a-f]{3,6}|none)"/.test(shape))).toEqual([]);
    expect(drawn).not.toContain("var(");
    expect(drawn).toContain("@media(prefers-color-scheme:dark)");
  });

  it("S1 carries the key to its numbers", () => {
    const key = drawn.matchAll(/>(\d+)<\/text><text [^>]*font-size="12\.5"[^>]*>[^<]+\.<\/text>/g);
    const numbers = drawn.matchAll(/class="number"[^>]*>(\d+)<\/text>/g);
    expect(new Set([...key].map(([, number]) => number))).toEqual(
      new Set([...numbers].map(([, number]) => number)),
    );
  });
});
