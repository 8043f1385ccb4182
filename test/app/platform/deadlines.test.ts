import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Deadlines } from "../../../app/platform/deadlines.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

it("A20 each item expires after its own time, once, unless it was taken out", () => {
  const expired: [item: string, at: number][] = [];
  const start = performance.now();
  const deadlines = new Deadlines<string>(100, (item) => expired.push([item, performance.now() - start]));
  const first = deadlines.add("first");
  vi.advanceTimersByTime(30);
  const done = deadlines.add("done");
  vi.advanceTimersByTime(30);
  deadlines.add("last");
  expect(deadlines.delete(done)).toBe(true);
  vi.advanceTimersByTime(500);
  expect(deadlines.delete(first)).toBe(false);
  deadlines.add("later");
  vi.advanceTimersByTime(500);
  expect(expired).toEqual([
    ["first", 100],
    ["last", 160],
    ["later", 660],
  ]);
  for (const item of ["one", "two", "three"]) deadlines.add(item);
  expect([deadlines.shift(), deadlines.shift(), deadlines.shift(), deadlines.shift()]).toEqual([
    ...["one", "two", "three", undefined],
  ]);
});
