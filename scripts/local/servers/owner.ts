import { chmodSync, lchownSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** The account a server runs as when we are root; undefined: as the account of this process. */
export interface Owner {
  uid: number;
  gid: number;
}

/**
 * Servers never run as root: as root they get Debian's `mysql`/`redis` account or `nobody`. Where that account cannot
 * reach the folders (a clone below /root), there is no choice but root, which MySQL wants to be told in so many words.
 */
export const serverOwner = (account: string, ...paths: string[]): Owner | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  if (!paths.every(reachableByOthers)) return undefined;
  const accounts = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const found = accounts.find(([name]) => name === account) ?? accounts.find(([name]) => name === "nobody");
  return found ? { uid: Number(found[2]), gid: Number(found[3]) } : undefined;
};

/** Makes the folder, private to the server, and gives it and what is in it to the owner. */
export const privateDirectory = (folder: string, owner: Owner | undefined): void => {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o700);
  if (owner) giveTo(folder, owner);
};

/** chown -R, without following links. */
export const giveTo = (path: string, owner: Owner): void => {
  lchownSync(path, owner.uid, owner.gid);
  if (!lstatSync(path).isDirectory()) return;
  for (const entry of readdirSync(path)) giveTo(join(path, entry), owner);
};

/** Every folder above the path lets other accounts pass through. Those that do not exist yet will. */
const reachableByOthers = (path: string): boolean => {
  for (let folder = dirname(resolve(path)); folder !== dirname(folder); folder = dirname(folder)) {
    const stats = statSync(folder, { throwIfNoEntry: false });
    if (stats && (stats.mode & 0o001) === 0) return false;
  }
  return true;
};
