import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { repositoryRoot, temporaryFolder } from "../../../../scripts/local/servers/index.ts";
import { drawRecording } from "../../../../scripts/plan/pages/recording/drawing.ts";
import { type } from "./support.ts";

const file = (path: string) => readFileSync(join(repositoryRoot, path), "utf8");
const { scripts } = JSON.parse(file("package.json"));

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

describe("S1 the README's recording", () => {
  it("S1 is small, of commands that exist, and without a path of the machine it was made on", () => {
    const recording = file("docs/sandbox.svg");
    expect(recording.length).toBeLessThan(150_000);
    for (const shown of ["npm run sandbox<", "npm run rotate -- sandbox db-app<", "1 of 1 rotated."])
      expect(recording).toContain(shown);
    expect(recording).not.toMatch(/[ "(]\/\w+\//);
  });

  it("S1 shows every line without animation, and a long wait as a short one with it", () => {
    const lines = [
      { text: "\u001b[32m✓\u001b[39m one <b>", atMs: 5 },
      { text: `${"x".repeat(50)}     ${"y".repeat(50)}`, atMs: 60_000 },
    ];
    const recording = drawRecording([{ command: "npm run sandbox", lines }]);
    expect(recording).toMatch(/<tspan class="done" fill="#[0-9a-f]+">✓<\/tspan> one &lt;b&gt;<\/text>/);
    expect(recording).toContain(`x     ${"y".repeat(38)}…</text>`);
    const [style = "", shapes = ""] = recording.split("</style>");
    expect(shapes).not.toContain("opacity");
    expect(style).toContain("@media(prefers-reduced-motion:no-preference){text{animation:");
    const delays = [...shapes.matchAll(/animation-delay:(\d+)ms/g)].map(([, ms]) => Number(ms));
    expect(delays).toHaveLength(3);
    expect(Math.max(...delays)).toBeLessThan(5_000);
  });
});

it("S1 README and docs type only commands that package.json has", () => {
  const docs = readdirSync(join(repositoryRoot, "docs"), { recursive: true, encoding: "utf8" });
  const pages = ["README.md", "CONTRIBUTING.md", ...docs.map((name) => `docs/${name}`)];
  const typed = pages
    .filter((page) => page.endsWith(".md"))
    .flatMap((page) => [...file(page).matchAll(/npm run (?:-\S+ )*([\w:-]+)/g)].map(([, name]) => name));
  expect(typed.length).toBeGreaterThan(20);
  expect(typed.filter((name) => name === undefined || !(name in scripts))).toEqual([]);
});
