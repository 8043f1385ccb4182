import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

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
  const files = new Set(globSync([...sources, "node_modules/.package-lock.json"], { cwd: root }).sort());
  const digest = createHash("sha256");
  for (const file of files)
    digest
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update("\0");
  const folder = join(root, "node_modules/.cache");
  const kept = join(folder, `${name}-${digest.digest("hex")}.json`);
  const known = readIfThere(kept);
  if (known !== undefined) return new Map(JSON.parse(known));
  const { texts, inputs } = build();
  const isKnown = (input: string) => input.startsWith("node_modules/") || files.has(input);
  if (files.has("node_modules/.package-lock.json") && inputs.every(isKnown)) {
    mkdirSync(folder, { recursive: true });
    for (const old of globSync(`${name}-*.json`, { cwd: folder })) rmSync(join(folder, old), { force: true });
    // Another process may read meanwhile.
    writeFileSync(`${kept}.${process.pid}`, JSON.stringify([...texts]));
    renameSync(`${kept}.${process.pid}`, kept);
  }
  return texts;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
