import { type Estimate, estimate } from "../../../infra/cost/index.ts";
import { evaluate, type Finding, rules } from "../../../infra/policies/index.ts";
import type { ProgramRun } from "../monitor/index.ts";
import { type ComponentGroup, componentGroupsOf, isReal } from "./components.ts";

/** All data of a preview: the renderers (terminal, page, pull request) read nothing else. */
export interface Report {
  run: ProgramRun;
  groups: ComponentGroup[];
  /** Real resources. */
  total: number;
  /** How long the plan took. */
  seconds: number;
  /** How many guardrails there are, and what they found, worst first. */
  rules: number;
  findings: Finding[];
  cost: Estimate;
}

/** @param today YYYY-MM-DD: exceptions from guardrails run out, versions go out of support */
export function reportOn(run: ProgramRun, seconds: number, today: string): Report {
  return {
    run,
    groups: componentGroupsOf(run),
    total: run.resources.filter(isReal).length,
    seconds,
    rules: rules.length,
    findings: evaluate(run.resources, { stack: run.stack, today }),
    cost: estimate(run.resources),
  };
}

/** The outputs, one line each: what is a map (`secretArns`) becomes a line for each of its keys. */
export function outputLines(outputs: Record<string, unknown>): [name: string, value: unknown][] {
  return Object.entries(outputs).flatMap(([name, value]): [string, unknown][] =>
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
      ? Object.entries(value).map(([key, inner]) => [`${name}.${key}`, inner])
      : [[name, value]],
  );
}
