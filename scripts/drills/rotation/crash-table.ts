import * as z from "zod";
import { table } from "./table.ts";

/** Writes whose answer did not come while something was killed, by kind: test/app/process/write-faults.test.ts. */
const writeFault = z.object({
  victim: z.string(),
  kind: z.string(),
  interrupted: z.number(),
  done: z.number(),
  lost: z.number(),
  doubled: z.number(),
});

/** What vitest's JSON reporter writes, as far as it is read here. */
const results = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()),
          title: z.string(),
          status: z.string(),
          meta: z.object({ writeFaults: z.array(writeFault).default([]) }).prefault({}),
        }),
      ),
    }),
  ),
});

/** One case: the group it belongs to, and whether it ended as it must. */
export interface Case {
  group: string;
  title: string;
  passed: boolean;
}

/** What is counted: the requirement that a group's title names. */
const counted = /^(R9|R1|R6|A12) /;
/** Says how long a table is, and is no case itself. */
const header = /^makes \d+ calls/;

/** @throws when a file of tests could not be run at all */
export const casesOf = (json: unknown): Case[] =>
  results.parse(json).testResults.flatMap(({ name, message, assertionResults }) => {
    if (assertionResults.length === 0) throw new Error(`${name} could not be run: ${message ?? "no tests"}`);
    return assertionResults.flatMap(({ ancestorTitles: [group = ""], title, status }) =>
      counted.test(group) && !header.test(title) ? [{ group, title, passed: status === "passed" }] : [],
    );
  });

/** The cases by group with their counts, and the title of each that failed. */
export const crashTable = (cases: readonly Case[]): { text: string; failed: number } => {
  const groups = [...new Set(cases.map(({ group }) => group))].sort();
  const row = (name: string, those: readonly Case[]) => [
    name,
    String(those.length),
    String(those.filter(({ passed }) => passed).length),
  ];
  const rows = groups.map((name) =>
    row(
      name,
      cases.filter(({ group }) => group === name),
    ),
  );
  const failures = cases.filter(({ passed }) => !passed);
  const text = [
    table([["what happens", "cases", "as it must"], ...rows, row("all", cases)]),
    ...failures.map(({ group, title }) => `NOT as it must: ${group}: ${title}`),
  ].join("\n");
  return { text, failed: failures.length };
};

/** Writes that a killed server interrupted, by server and kind; empty where no test counted any. */
export const writeFaultTable = (json: unknown): string => {
  const faults = results
    .parse(json)
    .testResults.flatMap(({ assertionResults }) => assertionResults.flatMap(({ meta }) => meta.writeFaults));
  const row = ({ victim, kind, ...counts }: (typeof faults)[number]) => [
    `${victim}, ${kind}`,
    ...Object.values(counts).map(String),
  ];
  const head = ["killed, write", "no answer", "done", "lost", "doubled"];
  return faults.length === 0 ? "" : table([head, ...faults.map(row)]);
};
