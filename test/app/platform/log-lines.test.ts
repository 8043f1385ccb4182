import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { timeField } from "../../../app/platform/log-lines.ts";

const module = join(import.meta.dirname, "../../../app/platform/log-lines.ts");

/** What a process prints that runs this after it has logged the lines. */
const printed = (then: string, logged = '["one", "two", "three"]'): Promise<string> => {
  const program = `
    import { collectLines } from ${JSON.stringify(module)};
    const lines = collectLines();
    for (const line of ${logged}) lines.write(line + "\\n");
    ${then}`;
  const flags = ["--input-type=module", "--eval", program];
  return new Promise((resolve) => {
    // How it ended is not asked: some are killed.
    execFile(process.execPath, flags, { maxBuffer: 10_000_000 }, (_error, stdout) => resolve(stdout));
  });
};

describe("A18 lines that wait are written", () => {
  it.each([
    ["when nothing is left to do", ""],
    ["when the process exits", "setTimeout(() => process.exit(0), 100);"],
    [
      "when they are flushed, before a kill",
      "setTimeout(() => { lines.flushSync(); process.kill(process.pid, 'SIGKILL'); }, 100);",
    ],
    ["after half a second", "setTimeout(() => process.kill(process.pid, 'SIGKILL'), 2_000);"],
  ])("%s", async (_, then) => {
    expect(await printed(then)).toBe("one\ntwo\nthree\n");
  });

  it("whole and in order, however many and long they are", async () => {
    const lengths = [1, 40_000, 30_000, 200_000, 2, 65_535, 3];
    const text = await printed("", `${JSON.stringify(lengths)}.map((length) => "a\u20ac".repeat(length))`);
    expect(text.split("\n").map((line) => line.length / 2)).toEqual([...lengths, 0]);
    expect(text.replace(/a\u20ac|\n/g, "")).toBe("");
  });
});

describe("A18 a line's time", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is ISO 8601 with milliseconds, across seconds, days and a clock that steps back", () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const times = ["2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00.000Z", "2027-01-01T00:00:00.070Z"];
    for (const time of [...times, ...times]) {
      vi.setSystemTime(new Date(time));
      expect(timeField()).toBe(`,"time":"${time}"`);
    }
  });
});
