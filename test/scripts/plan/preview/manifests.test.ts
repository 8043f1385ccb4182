import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type } from "./support.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bulwark-manifests-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const written = (into: string) => type(["staging", "--manifests", into]);

describe("S9 the manifests that a preview writes", () => {
  it("S9 are a file for each object, in the order in which they can be applied", async () => {
    const { code, error } = await written(join(folder, "new"));
    expect(code).toBe(0);
    expect(error).toContain(`Written to ${join(folder, "new")}`);
    const files = readdirSync(join(folder, "new")).sort();
    const kinds = files.map((file) => parse(readFileSync(join(folder, "new", file), "utf8")).kind);
    const order = [
      "Namespace",
      "ResourceQuota",
      "Job",
      "Deployment",
      "Deployment",
      "HorizontalPodAutoscaler",
    ];
    expect(kinds.filter((kind) => order.includes(kind))).toEqual(order);
  }, 60_000);

  it("S9 are refused in words where the folder cannot be made", async () => {
    writeFileSync(join(folder, "file"), "");
    const { code, error } = await written(join(folder, "file"));
    expect(code).toBe(2);
    expect(error).toMatch(/^--manifests .*file: E/);
  }, 60_000);
});
