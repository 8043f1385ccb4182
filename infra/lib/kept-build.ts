import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where npm writes down what it has installed. */
const installed = "node_modules/.package-lock.json";

/** What a build gave: texts by name, and the files that it read, as paths from the root. */
export interface Build {
  texts: ReadonlyMap<string, string>;
  inputs: readonly string[];
}

/**
 * The texts of a build, taken from disk where the same sources and libraries have been built before: a build takes one to two
 * seconds of each command that plans. They lie with the libraries (`node_modules/.cache`), and `npm ci` clears them.
 * @param root the repository's folder
 * @param sources patterns of the files that decide the result, the build's own options included. A build that reads others of
 *   this repository is not kept, nor one whose libraries npm has not recorded.
 */
export function keptBuild(
  root: string,
  name: string,
  sources: readonly string[],
  build: () => Build,
): ReadonlyMap<string, string> {
  const { files, digest } = stateOf(root, sources);
  if (digest === undefined) return build().texts;
  const folder = join(root, "node_modules/.cache");
  const kept = join(folder, `${name}-${digest}.json`);
  const known = readIfThere(kept);
  if (known !== undefined) return new Map(JSON.parse(known));
  const { texts, inputs } = build();
  if (inputs.every((input) => input.startsWith("node_modules/") || files.has(input))) {
    try {
      mkdirSync(folder, { recursive: true });
      for (const old of globSync(`${name}-*.json`, { cwd: folder }))
        rmSync(join(folder, old), { force: true });
      // Another process may read meanwhile.
      writeFileSync(`${kept}.${process.pid}`, JSON.stringify([...texts]));
      renameSync(`${kept}.${process.pid}`, kept);
    } catch {
      // A folder that cannot be written costs the next command its time, and this one nothing.
    }
  }
  return texts;
}

/** The files that match, and what tells one state of them and of the libraries from another; undefined where npm has recorded none. */
export function stateOf(root: string, sources: readonly string[]): { files: Set<string>; digest?: string } {
  const files = new Set(globSync([...sources, installed], { cwd: root }).sort());
  if (!files.has(installed)) return { files };
  const hash = createHash("sha256");
  for (const file of files) {
    hash.update(`${file}\0`);
    hash.update(readFileSync(join(root, file)));
    hash.update("\0");
  }
  return { files, digest: hash.digest("hex") };
}

/** A file's text; undefined where there is none. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
