import { globSync, lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { programs } from "../../app/build.ts";
import { freePort, temporaryFolder } from "../../scripts/local/servers/index.ts";
import { withApiFixture } from "../app/support/fixture.ts";
import { podEnvironment } from "../app/support/process.ts";
import { eventually } from "../support/index.ts";
import { Builder, type BuiltImage, obstacles } from "./support/builder.ts";
import { Container } from "./support/container.ts";

const missing = obstacles();
if (missing.length > 0) {
  const ways = "Debian: apt-get install --no-install-recommends buildah runc, as root";
  process.stderr.write(
    `\n!! THE IMAGE IS NOT BUILT AND NOT TESTED HERE: ${missing.join("; ")}. ${ways}.\n\n`,
  );
}

/** What lets an intruder go on: shells, package managers, and what fetches. */
const tools =
  /\/(\w*sh|busybox|env|npm|npx|corepack|yarn|apt\w*|apt-get|dpkg|apk|rpm|perl|python[\d.]*|curl|wget|su|sudo|mount)$/;

const components = z.object({
  components: z.array(
    z.object({ name: z.string(), version: z.string(), licenses: z.array(z.unknown()).min(1) }),
  ),
});

describe.skipIf(missing.length > 0)("A25 the image, built from its Dockerfile", async () => {
  const fixture = missing.length > 0 ? undefined : await withApiFixture();
  const folder = temporaryFolder("test-image");
  const builder = new Builder(folder.path);
  const running: Container[] = [];
  let image: BuiltImage;

  beforeAll(async () => {
    image = await builder.build();
  });
  afterAll(async () => {
    for (const container of running) await container.stop();
    folder.remove();
  });

  const start = (name: string, options: Partial<ConstructorParameters<typeof Container>[0]>): Container => {
    const container = new Container({ image, folder: join(folder.path, name), ...options });
    running.push(container);
    return container;
  };

  it("adds the programs, the native module and the list of parts to its base, and nothing else", () => {
    const before = new Set(filesBelow(image.base));
    const after = filesBelow(image.root);
    const added = after.filter((file) => !before.has(file));
    const sizes = added.map((file) => `  ${size(image.root, file)}  ${file}`).join("\n");
    process.stdout.write(`${added.length} files over ${before.size} of the base:\n${sizes}\n`);
    expect(added).toEqual(
      [
        ...programs.map((name) => `app/${name}.mjs`),
        `app/argon2.linux-${process.arch}-gnu.node`,
        "app/sbom.cdx.json",
      ].sort(),
    );
    expect(after.filter((file) => tools.test(`/${file}`))).toEqual([]);
    const writable = added.filter((file) => (lstatSync(join(image.root, file)).mode & 0o222) !== 0);
    expect(writable).toEqual([]);
  });

  it("lists every package that is in a bundle, with its licence, and no other", () => {
    const list = components.parse(JSON.parse(readFileSync(join(image.root, "app/sbom.cdx.json"), "utf8")));
    // esbuild writes above each file where it comes from.
    const bundles = globSync("app/*.mjs", { cwd: image.root }).map((file) =>
      readFileSync(join(image.root, file), "utf8"),
    );
    const sources = bundles.flatMap((text) => [...text.matchAll(/^\s*\/\/ (node_modules\/\S+)$/gm)]);
    const bundled = new Set(
      sources.map(([, path]) => /^(?:@[^/]+\/)?[^/]+/.exec(path?.split("node_modules/").at(-1) ?? "")?.[0]),
    );
    bundled.add(`@node-rs/argon2-linux-${process.arch}-gnu`);
    expect([...new Set(list.components.map(({ name }) => name))].sort()).toEqual([...bundled].sort());
  });

  it("serves as uid 1001 without any right, is healthy, and stops on SIGTERM with what it began", async () => {
    if (!fixture) return;
    const [PORT, MANAGEMENT_PORT] = [String(await freePort()), String(await freePort())];
    const environment = podEnvironment(fixture, {
      PORT,
      MANAGEMENT_PORT,
      NODE_EXTRA_CA_CERTS: "/ca.pem",
      SHUTDOWN_DRAIN_MS: "200",
    });
    const api = start("api", { environment, files: files(fixture.mysql.caFile) });
    await eventually(async () => {
      expect((await fetch(`http://127.0.0.1:${PORT}/health/ready`)).status, api.output).toBe(200);
    }, 30_000);
    expect(api.health()).toEqual({ code: 0, output: "" });

    const status = api.exec(["node", "-p", 'fs.readFileSync("/proc/1/status", "utf8")']).output;
    expect(status).toMatch(/^Uid:\t1001\t1001\t1001\t1001$/m);
    expect(status).toMatch(/^Cap(Prm|Eff|Bnd):\t0{16}$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    for (const place of ["/", "/app", "/tmp", "/nodejs/bin"])
      expect(api.exec(["node", "-e", `fs.writeFileSync("${place}/x", "")`]).output).toMatch(
        /EROFS|EACCES|ENOENT/,
      );
    expect(api.exec(["sh", "-c", "true"]).output).toMatch(/not found/);

    api.signal("TERM");
    expect(await api.ended, api.output).toBe(0);
    expect(api.output).toContain('"shut down"');
  });

  it("runs the worker, which is healthy and stops on SIGTERM", async () => {
    if (!fixture) return;
    const port = String(await freePort());
    const environment = podEnvironment(fixture, {
      PORT: port,
      MANAGEMENT_PORT: port,
      NODE_EXTRA_CA_CERTS: "/ca.pem",
      SHUTDOWN_DRAIN_MS: "200",
    });
    const command = ["node", "worker.mjs"];
    const worker = start("worker", { command, environment, files: files(fixture.mysql.caFile) });
    await eventually(async () => {
      expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status, worker.output).toBe(200);
    }, 30_000);
    expect(worker.health()).toEqual({ code: 0, output: "" });
    worker.signal("TERM");
    expect(await worker.ended, worker.output).toBe(0);
  });

  it("runs the migrations", async () => {
    if (!fixture) return;
    const migrations = start("migrate", {
      command: ["node", "migrate.mjs", "status"],
      environment: podEnvironment(fixture, {
        DB_SECRET_ID: fixture.secretIds.migrator,
        NODE_EXTRA_CA_CERTS: "/ca.pem",
      }),
      files: files(fixture.mysql.caFile),
    });
    expect(await migrations.ended, migrations.output).toBe(0);
  });
});

/** What an engine puts into each container, and the authority to trust. */
const files = (caFile: string) => ({ "/etc/hosts": "/etc/hosts", "/ca.pem": caFile });

/** Paths of all files and links, sorted. */
const filesBelow = (root: string): string[] =>
  globSync("**", { cwd: root })
    .filter((file) => !lstatSync(join(root, file)).isDirectory())
    .sort();

const size = (root: string, file: string): string =>
  `${(lstatSync(join(root, file)).size / 1024).toFixed(0)} KiB`.padStart(9);
