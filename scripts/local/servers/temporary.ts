import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A folder below the system's temporary one that a server's own account can pass through, and how to remove it. What runs
 * that were killed have left is removed first: the folder's name says whose it is.
 */
export const temporaryFolder = (name: string): { path: string; remove: () => void } => {
  sweep();
  const path = mkdtempSync(join(tmpdir(), `bulwark-${name}-${process.pid}-`));
  chmodSync(path, 0o711);
  const remove = () => rmSync(path, { recursive: true, force: true });
  process.once("exit", remove);
  return {
    path,
    remove: () => {
      process.off("exit", remove);
      remove();
    },
  };
};

const sweep = (): void => {
  for (const folder of readdirSync(tmpdir())) {
    const pid = Number(/^bulwark-[a-z-]+-(\d+)-\w{6}$/.exec(folder)?.[1] ?? process.pid);
    if (isAlive(pid)) continue;
    try {
      rmSync(join(tmpdir(), folder), { recursive: true, force: true });
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
