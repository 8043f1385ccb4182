import { copyFileSync, globSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Metafile, type Plugin } from "esbuild";
import { recordOf } from "./contract/records.ts";

/** The programs of the image, each bundled into one file with all JavaScript that it needs: the image holds no node_modules. */
export const programs = ["server", "worker", "migrate", "healthcheck"] as const;

/** Some packages are CommonJS and call `require`, which an ES module does not have. */
const banner =
  'import { createRequire as bundledRequire } from "node:module"; const require = bundledRequire(import.meta.url);';

/** A package with a native module, which it looks for beside itself: beside the bundle. npm installs this machine's as `<package>-<platform>`. */
const native = "@node-rs/argon2";

/**
 * Writes server.mjs, worker.mjs, migrate.mjs and healthcheck.mjs, and beside them the native module for this machine. The Dockerfile takes the one of
 * the image's platform.
 * @param outdir folder to write to; created if it is missing.
 * @param plugins esbuild plugins that change the sources, for tests of a future version.
 * @returns the paths of the files.
 */
export async function buildImage(
  outdir: string,
  plugins: Plugin[] = [],
): Promise<Record<(typeof programs)[number], string>> {
  await bundle(outdir, plugins);
  return recordOf(programs, (name) => resolve(outdir, `${name}.mjs`));
}

/** @returns what each bundle is made of. */
async function bundle(outdir: string, plugins: Plugin[]): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: Object.fromEntries(programs.map((name) => [name, join(import.meta.dirname, `${name}.ts`)])),
    outdir,
    plugins,
    bundle: true,
    metafile: true,
    platform: "node",
    target: "node24",
    format: "esm",
    outExtension: { ".js": ".mjs" },
    banner: { js: banner },
    // msgpackr, which the queue uses, can do without its native module.
    external: [`${native}-*`, "msgpackr-extract"],
    // Names and lines stay readable in stack traces; the size does not matter on a server.
    minify: false,
    legalComments: "none",
    logLevel: "warning",
  });
  const installed = dirname(dirname(fileURLToPath(import.meta.resolve(native))));
  for (const module of globSync(`${basename(native)}-*/*.node`, { cwd: installed }))
    copyFileSync(join(installed, module), join(outdir, basename(module)));
  return metafile;
}

// `node app/build.ts OUTDIR`, as the Dockerfile does. The metafile is for sbom.ts.
if (import.meta.main) {
  const [outdir] = process.argv.slice(2);
  if (outdir === undefined) {
    process.stderr.write("usage: node app/build.ts OUTDIR\n");
    process.exit(2);
  }
  writeFileSync(join(outdir, "metafile.json"), JSON.stringify(await bundle(outdir, [])));
}
