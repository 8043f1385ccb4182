import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { progress } from "../../cli/progress.ts";
import { unpackDebian } from "./debian.ts";
import { findRedis, unavailable } from "./needs.mjs";
import { toolsDir } from "./paths.ts";
import { temporaryFolder } from "./temporary.ts";

/** A Redis (or Valkey) server program with TLS. */
export interface RedisBinary {
  server: string;
  version: string;
}

/**
 * A Redis ≥ 7 or Valkey server program: the one on PATH, else the one kept under .tools, else Debian's package, unpacked once
 * and not installed. Throws one error that lists the ways to get one.
 * @param cache where an unpacked one is kept
 */
export const ensureRedis = async (cache: string = toolsDir): Promise<RedisBinary> => {
  const search = findRedis(cache);
  if (!search.found && !search.fetchable) throw new Error(unavailable("redis", search.reasons));
  const problem = search.found
    ? undefined
    : await progress.step("unpacking Debian's redis-server (2 MB, once)", () => fetchRedis(cache));
  const { found, reasons } = search.found ? search : findRedis(cache);
  if (!found)
    throw new Error(unavailable("redis", [...reasons, ...(problem === undefined ? [] : [problem])]));
  return { server: found.path, version: found.version };
};

/** Unpacks it into the cache atomically; returns what went wrong, if anything did. */
const fetchRedis = async (cache: string): Promise<string | undefined> => {
  const { path: work, remove } = temporaryFolder("redis", cache);
  try {
    const unpacked = join(work, "unpacked");
    mkdirSync(unpacked);
    const problem = await unpackDebian(["redis-server", "redis-tools"], unpacked, work);
    if (problem !== undefined) return problem;
    writeFileSync(join(unpacked, "redis-server"), launcher, { mode: 0o755 });
    renameSync(unpacked, join(cache, "redis"));
    return undefined;
  } finally {
    remove();
  }
};

/** The program looks for libraries where the package would be installed; they are beside it. */
const launcher = `#!/bin/sh
here=\${0%/*}
for folder in "$here"/lib/*-linux-gnu* "$here"/usr/lib/*-linux-gnu*; do
  LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$folder"
done
export LD_LIBRARY_PATH
exec "$here/usr/bin/redis-server" "$@"
`;
