import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join } from "node:path";
import { build as bundle } from "esbuild";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { withApiFixture } from "./support/fixture.ts";
import { podEnvironment, run, runServer, withImage } from "./support/process.ts";

const fixture = await withApiFixture();
const image = await withImage();
const dockerfile = readFileSync(join(import.meta.dirname, "../../app/Dockerfile"), "utf8");

const isOptional = ({ path }: { path: string }) => /^@(opentelemetry|sentry)\//.test(path);

describe("A25 what goes into the image", () => {
  it("is four files that need nothing but Node, and the server's native module", () => {
    const files = readdirSync(dirname(image.server)).sort();
    expect(files.filter((file) => !file.endsWith(".node"))).toEqual([
      "healthcheck.mjs",
      "migrate.mjs",
      "server.mjs",
      "worker.mjs",
    ]);
    // npm before 11 installs those of both C libraries.
    for (const file of files.filter((file) => file.endsWith(".node")))
      expect(file).toMatch(new RegExp(`^argon2\\.${process.platform}-${process.arch}(-\\w+)?\\.node$`));
    for (const program of [image.migrate, image.healthcheck])
      expect(readFileSync(program, "utf8")).not.toContain("argon2");
    for (const file of Object.values(image)) {
      const imports = [...readFileSync(file, "utf8").matchAll(/^import .*? from "([^"]+)";$/gm)].map(
        ([, name]) => name,
      );
      const others = imports.filter((name) => !builtinModules.includes(String(name).replace(/^node:/, "")));
      expect(others).toEqual([]);
    }
  });

  it("A19 loads nothing of OpenTelemetry or Sentry before it is turned on: only an import() leads to them", async () => {
    const { metafile } = await bundle({
      entryPoints: [join(import.meta.dirname, "../../app/server.ts")],
      bundle: true,
      platform: "node",
      format: "esm",
      packages: "external",
      write: false,
      metafile: true,
    });
    const imports = Object.values(metafile.inputs).flatMap(({ imports }) => imports);
    const optional = imports.filter(isOptional);
    expect(optional.filter(({ path }) => path.startsWith("@sentry/"))).not.toEqual([]);
    expect(optional.filter(({ path }) => path.startsWith("@opentelemetry/"))).not.toEqual([]);
    const files = new Set(Object.keys(metafile.inputs).filter((path) => path.endsWith("app/server.ts")));
    for (const file of files) {
      for (const { kind, path, external } of metafile.inputs[file]?.imports ?? []) {
        if (kind !== "dynamic-import" && external !== true) files.add(path);
      }
    }
    const atOnce = [...files].flatMap((file) => metafile.inputs[file]?.imports ?? []);
    expect(files.size).toBeGreaterThan(100);
    expect(atOnce.filter(isOptional)).toEqual([]);
  });

  it("the Dockerfile pins both bases by digest", () => {
    const bases = [...dockerfile.matchAll(/^ARG \w+_IMAGE=(\S+)$/gm)].map(([, base]) => base);
    expect(bases).toHaveLength(2);
    for (const base of bases) expect(base).toMatch(/@sha256:[0-9a-f]{64}$/);
  });

  it("the Dockerfile takes the native module of the image's platform from the lock file", () => {
    expect(dockerfile).toMatch(/^RUN cpu=.*TARGETARCH/m);
    expect(dockerfile).toMatch(/npm ci .*--os=linux --libc=glibc --cpu="\$cpu"/);
    const { packages } = z
      .object({ packages: z.record(z.string(), z.object({ integrity: z.string().optional() })) })
      .parse(JSON.parse(readFileSync(join(import.meta.dirname, "../../package-lock.json"), "utf8")));
    for (const cpu of ["x64", "arm64"])
      expect(packages[`node_modules/@node-rs/argon2-linux-${cpu}-gnu`]?.integrity).toMatch(/^sha512-/);
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
