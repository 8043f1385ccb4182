import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { inject } from "vitest";
import type { TestProject } from "vitest/node";
import { temporaryFolder } from "../../scripts/local/servers/temporary.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A folder that all processes of the run share; it goes with the run. */
    runFolder: string;
  }
}

/** Vitest's global setup of a project whose tests call `oncePerRun`. */
export default function setup(project: TestProject): () => void {
  const folder = temporaryFolder("test-run");
  project.provide("runFolder", folder.path);
  return folder.remove;
}

/**
 * What takes a second to make and is the same for all test files: the first process to ask makes it, the others wait.
 * @param make writes a file or a folder at the path that it is given.
 * @returns that path. @throws what `make` throws; the next one to ask tries again.
 */
export const oncePerRun = async (name: string, make: (path: string) => Promise<unknown>): Promise<string> => {
  const path = join(inject("runFolder"), name);
  while (!existsSync(`${path}.done`)) {
    if (!isFirst(`${path}.lock`)) {
      await delay(20);
      continue;
    }
    try {
      await make(path);
      writeFileSync(`${path}.done`, "");
    } catch (error) {
      rmdirSync(`${path}.lock`);
      throw error;
    }
  }
  return path;
};

const isFirst = (lock: string): boolean => {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    return false;
  }
};
