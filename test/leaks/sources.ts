import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Source } from "./search.ts";

/** Every file below a folder, read when it is its turn. */
export function* filesBelow(folder: string): Generator<Source> {
  for (const file of globSync("**", { cwd: folder }).sort()) {
    // Sockets are none, and a server may have taken a temporary file away meanwhile.
    if (statSync(join(folder, file), { throwIfNoEntry: false })?.isFile() === true)
      yield fileOf(folder, file);
  }
}

export const fileOf = (folder: string, name: string): Source => ({
  name,
  bytes: readFileSync(join(folder, name)),
});

/** What anybody on the machine sees of a process: its command line, and to its own user its environment. */
export function* processSources(processes: Iterable<{ name: string; pid: number }>): Generator<Source> {
  for (const { name, pid } of processes) {
    for (const file of ["environ", "cmdline"]) {
      yield { name: `${file} of ${name}`, bytes: readFileSync(`/proc/${pid}/${file}`) };
    }
  }
}

export const textSource = (name: string, text: string): Source => ({ name, bytes: Buffer.from(text) });
