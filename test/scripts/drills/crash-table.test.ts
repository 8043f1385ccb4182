import { describe, expect, it } from "vitest";
import { casesOf, crashTable, writeFaultTable } from "../../../scripts/drills/rotation/crash-table.ts";

const file = (...assertionResults: object[]) => ({
  testResults: [{ name: "some.test.ts", assertionResults }],
});
const result = (group: string, title: string, status = "passed") => ({
  ancestorTitles: [group],
  title,
  status,
});

describe("R9 the crash table", () => {
  it("counts the cases of each group, and names those that did not end as they must", () => {
    const cases = casesOf(
      file(
        result("R9 killed at every call", "before one"),
        result("R9 killed at every call", "after one", "failed"),
        result("R9 killed at every call", "makes 17 calls to the outside"),
        result("R1 a half-done rotation", "is taken up"),
        result("R4 the states of a key", "is no such case"),
      ),
    );
    const { text, failed } = crashTable(cases);
    expect(text.split("\n")).toEqual([
      "what happens             cases  as it must",
      "R1 a half-done rotation      1           1",
      "R9 killed at every call      2           1",
      "all                          3           2",
      "NOT as it must: R9 killed at every call: after one",
    ]);
    expect(failed).toBe(1);
  });

  it("A12 tells of each server and kind of write how many were interrupted, and what became of them", () => {
    const counts = { interrupted: 12, done: 5, lost: 0, doubled: 0 };
    const writeFaults = [{ victim: "API", kind: "create, key", ...counts }];
    const run = file({ ...result("A12 servers killed", "nothing is lost"), meta: { writeFaults } });
    expect(writeFaultTable(run).split("\n")).toEqual([
      "killed, write     no answer  done  lost  doubled",
      "API, create, key         12     5     0        0",
    ]);
    expect(writeFaultTable(file(result("R1 a rotation", "is taken up")))).toBe("");
    expect(crashTable(casesOf(run)).text).toContain("A12 servers killed");
  });

  it("a file that could not be run is no empty row", () => {
    expect(() => casesOf(file())).toThrow("some.test.ts could not be run");
  });
});
