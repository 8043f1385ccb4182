import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";

/** What is read of esbuild's metafile: the files of each bundle, by path, and what is left of each. */
const metafileSchema = z.object({
  outputs: z.record(
    z.string(),
    z.object({ inputs: z.record(z.string(), z.object({ bytesInOutput: z.number() })) }),
  ),
});

const packageSchema = z.object({ name: z.string(), version: z.string(), license: z.string().optional() });
type Package = z.infer<typeof packageSchema>;

type Metafile = z.infer<typeof metafileSchema>;

/** What is read of npm's list (CycloneDX 1.5); the rest of it stays as npm writes it. */
const listSchema = z.looseObject({
  metadata: z.looseObject({ component: z.looseObject({ "bom-ref": z.string() }) }),
  components: z.array(
    z.looseObject({ name: z.string(), version: z.string(), licenses: z.array(z.unknown()).optional() }),
  ),
  dependencies: z.array(z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()) })),
});
type List = z.infer<typeof listSchema>;

/** The native module lies beside the bundles. Only the one of the image's platform is installed where the image is built. */
const nativePackages = "node_modules/@node-rs/argon2-*";

/**
 * The image's software bill of materials: of all that the lock file names, as `npm sbom` lists it with licences and digests,
 * only what is in the bundles, and the native module. Nothing in it depends on the time, so the same source gives the same image.
 * @param metafile of esbuild, written in the current folder, where the packages are installed.
 * @throws if a bundle holds a package that npm does not list.
 */
function sbomOf(metafile: Metafile): List {
  const { serialNumber: _serialNumber, metadata, components, dependencies, ...rest } = npmSbom();
  const { timestamp: _timestamp, component, ...unchanging } = metadata;
  const shipped = new Map(
    [...bundledPackages(metafile), ...globSync(nativePackages)]
      .map(readPackage)
      .map((one) => [refOf(one), one]),
  );
  const listed = components.filter((one) => shipped.has(refOf(one)));
  const known = new Set(listed.map(refOf));
  const missing = [...shipped.keys()].filter((ref) => !known.has(ref));
  if (missing.length > 0) throw new Error(`npm does not list ${missing.join(", ")}`);
  const root = component["bom-ref"];
  return {
    ...rest,
    // npm takes the folder's name.
    metadata: { ...unchanging, component: { ...component, name: "bulwark-api" } },
    components: listed.map((one) => ({
      ...one,
      // npm leaves out a licence that is not written as SPDX writes it.
      licenses: one.licenses ?? [{ license: { name: shipped.get(refOf(one))?.license ?? "unknown" } }],
    })),
    dependencies: dependencies
      .filter(({ ref }) => ref === root || shipped.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => shipped.has(one)) })),
  };
}

/** Folders of the packages that something is left of in a bundle. */
const bundledPackages = ({ outputs }: Metafile): string[] =>
  Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);

const readPackage = (folder: string): Package =>
  packageSchema.parse(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")));
const refOf = ({ name, version }: Package): string => `${name}@${version}`;

/**
 * Without `--omit dev`, which leaves out what development and production share (npm/cli#7909): the bundles decide what counts. And
 * without peer dependencies, over which npm refuses: Pulumi's tracing asks for an older OpenTelemetry API than ours.
 */
const npmSbom = (): List => {
  const how = ["--sbom-type", "application", "--package-lock-only", "--legacy-peer-deps"];
  const options = { encoding: "utf8", maxBuffer: 2 ** 26 } as const;
  return listSchema.parse(
    JSON.parse(execFileSync("npm", ["sbom", "--sbom-format", "cyclonedx", ...how], options)),
  );
};

// `node app/sbom.ts METAFILE`, as the Dockerfile does.
const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write("usage: node app/sbom.ts METAFILE\n");
  process.exit(2);
}
console.log(JSON.stringify(sbomOf(metafileSchema.parse(JSON.parse(readFileSync(file, "utf8")))), null, 2));
