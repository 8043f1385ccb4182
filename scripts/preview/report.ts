import type { ProgramRun } from "../monitor/index.ts";
import { isReal, type Part, partsOf } from "./components.ts";

/** Everything a preview has to say: the renderers (terminal, page, pull request) show this and ask for nothing else. */
export interface Report {
  run: ProgramRun;
  parts: Part[];
  /** Real resources. */
  total: number;
  /** How long the plan took. */
  seconds: number;
}

export function reportOn(run: ProgramRun, seconds: number): Report {
  return { run, parts: partsOf(run), total: run.resources.filter(isReal).length, seconds };
}

/** The outputs, one line each: what is a map (`secretArns`) becomes a line for each of its keys. */
export function outputLines(outputs: Record<string, unknown>): [name: string, value: unknown][] {
  return Object.entries(outputs).flatMap(([name, value]): [string, unknown][] =>
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
      ? Object.entries(value).map(([key, inner]) => [`${name}.${key}`, inner])
      : [[name, value]],
  );
}
