import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Removes what is left of the folders of this process. */
const leftovers = new Set<() => void>();
process.once("exit", () => {
  for (const remove of leftovers) remove();
});

/**
 * A folder below `parent` that a server's own account can pass through, and how to remove it; the end of this process removes
 * it, too. What runs that were killed have left is removed first: the folder's name says whose it is.
 * @param parent made when missing; default: the system's folder for temporary files
 */
export const temporaryFolder = (name: string, parent = tmpdir()): { path: string; remove: () => void } => {
  mkdirSync(parent, { recursive: true });
  sweep(parent);
  const path = mkdtempSync(join(parent, `bulwark-${name}-${process.pid}-`));
  chmodSync(path, 0o711);
  // Programs that are still being ended may write in it for a moment.
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  leftovers.add(remove);
  return {
    path,
    remove: () => {
      leftovers.delete(remove);
      remove();
    },
  };
};

const sweep = (parent: string): void => {
  for (const folder of readdirSync(parent)) {
    const pid = Number(/^bulwark-[a-z-]+-(\d+)-\w{6}$/.exec(folder)?.[1] ?? process.pid);
    if (isAlive(pid)) continue;
    try {
      rmSync(join(parent, folder), { recursive: true, force: true });
    } catch {
      // Another account's: it will sweep its own.
    }
  }
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: there, but not ours.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};
