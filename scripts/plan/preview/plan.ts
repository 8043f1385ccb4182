import { readFileSync } from "node:fs";
import * as z from "zod";
import { messageOf, refusal } from "../../cli/errors.ts";
import type { ProgramRun } from "../monitor/index.ts";

const planSchema = z.object({
  resources: z.array(
    z.object({
      urn: z.string(),
      type: z.string(),
      name: z.string(),
      inputs: z.record(z.string(), z.unknown()),
    }),
  ),
  outputs: z.record(z.string(), z.unknown()),
});

/** What is written with `--json`, beside the judgement on it, and compared with `--against`. */
export type PlanFile = z.output<typeof planSchema>;

/** The plan of a run, sorted so that equal programs give equal files. */
export function planOf({ resources, outputs }: Pick<ProgramRun, "resources" | "outputs">): PlanFile {
  return {
    resources: resources
      .map(({ urn, type, name, inputs }) => ({ urn, type, name, inputs: sorted(inputs) }))
      .sort((one, other) => (one.urn < other.urn ? -1 : 1)),
    outputs: sorted(outputs),
  };
}

/** @throws CommandError (exit code 2) when the file is not a plan */
export function readPlan(file: string): PlanFile {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw refusal(`--against ${file}: ${messageOf(error)}. Write the file with --json.`);
  }
  return readPlanText(text, `--against ${file}`);
}

/** @param source who gave the text, for the error. @throws CommandError (exit code 2) when it is not a plan */
export function readPlanText(text: string, source: string): PlanFile {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw refusal(`${source}: ${messageOf(error)}. Write the file with --json.`);
  }
  const plan = planSchema.safeParse(content);
  if (!plan.success) throw refusal(`${source} is not a plan. Write the file with --json.`);
  return plan.data;
}

function sorted(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
