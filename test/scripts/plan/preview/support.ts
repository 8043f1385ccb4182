import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { perform } from "../../../../scripts/cli/command.ts";
import type { ProgramRun, RunOptions } from "../../../../scripts/plan/monitor/index.ts";
import { previewArgumentsOf, previewCommand } from "../../../../scripts/plan/preview/arguments.ts";
import { preview } from "../../../../scripts/plan/preview/main.ts";
import { planOf } from "../../../infra/support/plan.ts";
import { withoutTraces } from "../../../support/without-traces.ts";

/** A small program with one of everything. */
export const toy = fileURLToPath(new URL("../monitor/fixture", import.meta.url));

const asItIs = <T>(run: () => Promise<T>) => run();

/** Plans of the repository's environments are the ones that all tests share. */
const sharedPlan = async ({ stack, config }: RunOptions): Promise<ProgramRun> =>
  (await planOf(stack, config)).run;

/** Types a preview command and returns what a person would see; `traced`: with the place where the program failed. */
export async function type(
  command: readonly string[],
  root?: string,
  { traced = false, colours = false } = {},
) {
  let out = "";
  let error = "";
  const output = {
    out: (text: string) => {
      out += text;
    },
    error: (text: string) => {
      error += text;
    },
  };
  const code = await (traced ? asItIs : withoutTraces)(() =>
    perform(
      previewCommand,
      (given) =>
        preview(previewArgumentsOf(given), {
          ...output,
          colours,
          started: performance.now(),
          root,
          plan: root === undefined ? sharedPlan : undefined,
        }),
      command,
      output,
      new AbortController().signal,
    ),
  );
  return { code, out, error };
}

/** A path for a file that nothing else uses. */
export const fileFor = (name: string): string => join(mkdtempSync(join(tmpdir(), "preview-")), name);
