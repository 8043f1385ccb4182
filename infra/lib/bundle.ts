import { createHash } from "node:crypto";
import { globSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { buildSync } from "esbuild";
import { type Build, keptBuild } from "./kept-build.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const functions = fileURLToPath(new URL("../functions/", import.meta.url));
/** What a bundle is made of, besides libraries: a function imports nothing else of this repository. */
const sources = ["infra/functions/**/*.*", "app/contract/**/*.*", "infra/lib/bundle.ts", "*.json"];
let bundles: ReadonlyMap<string, string> | undefined;

/**
 * The code of `infra/functions/<name>/handler.ts` as one ESM file, `index.mjs`, ready for Lambda. The same sources give the
 * same bytes on every machine, so an unchanged function is not deployed again.
 * @throws what esbuild reports, when the sources do not build.
 */
export const bundledFunction = (name: string): pulumi.asset.AssetArchive =>
  new pulumi.asset.AssetArchive({ "index.mjs": new pulumi.asset.StringAsset(codeOf(name)) });

/** What tells one state of a function's code from another: it changes with anything that the code is made of. */
export const codeDigest = (name: string): string =>
  createHash("sha256").update(codeOf(name)).digest("hex").slice(0, 16);

function codeOf(name: string): string {
  bundles ??= keptBuild(root, "functions", sources, bundleAll);
  const code = bundles.get(name);
  if (code === undefined) throw new Error(`there is no infra/functions/${name}/handler.ts`);
  return code;
}

/** All functions in one go: they share most of what has to be read. */
function bundleAll(): Build {
  const { outputFiles, metafile } = buildSync({
    entryPoints: globSync("*/handler.ts", { cwd: functions }).sort(),
    absWorkingDir: functions,
    metafile: true,
    bundle: true,
    write: false,
    outdir: "out",
    platform: "node",
    target: "node24",
    format: "esm",
    mainFields: ["module", "main"],
    // Names in stack traces stay readable; only what nobody reads is taken out.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    // mysql2 and ioredis are CommonJS and call require() for Node's own modules.
    banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
    logLevel: "silent",
  });
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(dirname(path)), text]));
  return {
    texts,
    inputs: Object.keys(metafile.inputs).map((input) => relative(root, join(functions, input))),
  };
}
