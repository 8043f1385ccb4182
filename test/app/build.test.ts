import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { withApiFixture } from "./support/fixture.ts";
import { podEnvironment, run, runServer, withImage } from "./support/process.ts";

const fixture = await withApiFixture();
const image = await withImage();
const dockerfile = readFileSync(join(import.meta.dirname, "../../app/Dockerfile"), "utf8");

describe("A25 what goes into the image", () => {
  it("is three files that need nothing but Node", () => {
    expect(readdirSync(dirname(image.server)).sort()).toEqual([
      "healthcheck.mjs",
      "migrate.mjs",
      "server.mjs",
    ]);
    for (const file of Object.values(image)) {
      const imports = [...readFileSync(file, "utf8").matchAll(/^import .*? from "([^"]+)";$/gm)].map(
        ([, name]) => name,
      );
      const others = imports.filter((name) => !builtinModules.includes(String(name).replace(/^node:/, "")));
      expect(others).toEqual([]);
    }
  });

  it("the Dockerfile copies each of them, and pins both bases by digest", () => {
    for (const file of Object.keys(image)) expect(dockerfile).toContain(`/image/${file}.mjs`);
    const bases = [...dockerfile.matchAll(/^ARG \w+_IMAGE=(\S+)$/gm)].map(([, base]) => base);
    expect(bases).toHaveLength(2);
    for (const base of bases) expect(base).toMatch(/@sha256:[0-9a-f]{64}$/);
  });

  it("the Dockerfile ends as uid 1001, starts Node without a shell, and asks for its health", () => {
    expect(dockerfile).toMatch(/^USER 1001:1001$/m);
    expect(dockerfile).toMatch(/^CMD \["node", "server.mjs"\]$/m);
    expect(dockerfile).toMatch(/^HEALTHCHECK .*CMD \["node", "healthcheck.mjs"\]$/m);
  });

  it("the health check is 0 while the server lives, and 1 without it", async () => {
    const server = await runServer(image.server, fixture);
    const { port } = new URL(server.url);
    const check = () => run(image.healthcheck, podEnvironment(fixture, { PORT: port })).ended;
    expect(await check()).toBe(0);
    server.process.kill("SIGTERM");
    expect(await server.ended).toBe(0);
    expect(await check()).toBe(1);
  });
});
