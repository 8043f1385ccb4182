import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { buildSync } from "esbuild";

const functions = new URL("../functions/", import.meta.url);

/**
 * The code of `infra/functions/<name>/handler.ts` as one ESM file, `index.mjs`, ready for Lambda. The same sources give the
 * same bytes on every machine, so an unchanged function is not deployed again.
 * @throws what esbuild reports, when the sources do not build.
 */
export function bundledFunction(name: string): pulumi.asset.AssetArchive {
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL(`${name}/handler.ts`, functions))],
    absWorkingDir: fileURLToPath(functions),
    bundle: true,
    write: false,
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
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`esbuild wrote nothing for ${name}`);
  return new pulumi.asset.AssetArchive({ "index.mjs": new pulumi.asset.StringAsset(file.text) });
}
