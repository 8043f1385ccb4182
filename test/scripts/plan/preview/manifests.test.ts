import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { preview } from "../../../../scripts/plan/preview/main.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bulwark-manifests-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function written(into: string) {
  const said: string[] = [];
  const to = { out: () => undefined, error: (text: string) => said.push(text), colours: false, started: 0 };
  const code = await preview(["staging", "--manifests", into], to);
  return { code, said: said.join("") };
}

describe("S9 the manifests that a preview writes", () => {
  it("S9 are a file for each object, in the order in which they can be applied", async () => {
    const { code, said } = await written(join(folder, "new"));
    expect(code).toBe(0);
    expect(said).toContain(`Written to ${join(folder, "new")}`);
    const files = readdirSync(join(folder, "new")).sort();
    const kinds = files.map((file) => parse(readFileSync(join(folder, "new", file), "utf8")).kind);
    const order = ["Namespace", "ResourceQuota", "Job", "Deployment", "HorizontalPodAutoscaler"];
    expect(kinds.filter((kind) => order.includes(kind))).toEqual(order);
  }, 60_000);

  it("S9 are refused in words where the folder cannot be made", async () => {
    writeFileSync(join(folder, "file"), "");
    const { code, said } = await written(join(folder, "file"));
    expect(code).toBe(2);
    expect(said).toMatch(/^--manifests .*file: E/);
  }, 60_000);
});
