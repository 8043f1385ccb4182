import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { run, tail } from "./run.ts";

/**
 * Unpacks Debian packages into a folder, with what they need and the machine lacks. Nothing is installed, and root is not needed:
 * where the machine's package lists are missing or old, newer ones are kept in `work`.
 * @returns what went wrong, if anything did
 */
export const unpackDebian = async (
  names: readonly string[],
  folder: string,
  work: string,
): Promise<string | undefined> => {
  const own = [`Dir::State::lists=${join(work, "lists")}`, `Dir::Cache=${join(work, "cache")}`];
  for (const folder of ["lists/partial", "cache/archives/partial"])
    mkdirSync(join(work, folder), { recursive: true });
  const ownLists = own.flatMap((setting) => ["-o", setting]);
  let problem = await download(names, [], work);
  if (problem !== undefined) {
    const updated = await run("apt-get", [...ownLists, "update"]);
    problem = updated.code === 0 ? await download(names, ownLists, work) : tail(updated.stderr, 4);
  }
  if (problem !== undefined) return `apt-get could not fetch ${names.join(", ")}:\n${problem}`;
  for (const file of readdirSync(work).filter((name) => name.endsWith(".deb"))) {
    const { code, stderr } = await run("dpkg", ["-x", join(work, file), folder]);
    if (code !== 0) return `dpkg could not unpack ${file}:\n${tail(stderr, 4)}`;
  }
  return undefined;
};

const download = async (
  names: readonly string[],
  options: readonly string[],
  work: string,
): Promise<string | undefined> => {
  const simulated = await run("apt-get", [
    ...options,
    ...["--simulate", "--no-install-recommends", "install", ...names],
  ]);
  if (simulated.code !== 0) return tail(simulated.stderr, 4);
  const lacking = [...simulated.stdout.matchAll(/^Inst (\S+)/gm)].map(([, name = ""]) => name);
  const wanted = [...new Set([...names, ...lacking])];
  const fetched = await run("apt-get", [...options, "download", ...wanted], { cwd: work });
  return fetched.code === 0 ? undefined : tail(fetched.stderr, 4);
};
