import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { preview } from "../../scripts/preview/main.ts";

/** A small program with one of everything. */
export const toy = fileURLToPath(new URL("../monitor/fixture", import.meta.url));

/** Types a preview command and returns what a person would see. */
export async function type(command: readonly string[], root?: string) {
  let out = "";
  let error = "";
  const code = await preview(command, {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
    colours: false,
    started: performance.now(),
    root,
  });
  return { code, out, error };
}

/** A path for a file that nothing else uses. */
export const fileFor = (name: string): string => join(mkdtempSync(join(tmpdir(), "preview-")), name);
