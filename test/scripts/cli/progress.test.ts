import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { terminal } from "../../../scripts/cli/progress.ts";

const told = async (announce: boolean, work: () => Promise<void>): Promise<string> => {
  let text = "";
  const console = terminal(
    (more) => {
      text += more;
    },
    { announce },
  );
  await console.step("a step", work).catch(() => undefined);
  return stripVTControlCharacters(text);
};
const longWork = async () => {
  await vi.advanceTimersByTimeAsync(10_000);
};

describe("S1 a step", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("is one line when it has ended, so that steps may overlap", async () => {
    expect(await told(false, longWork)).toBe("  ✓ a step 10.0 s\n");
  });

  it("that is announced tells when it begins and every ten seconds", async () => {
    expect(await told(true, longWork)).toBe("  · a step …\n    still at it, 10.0 s\n  ✓ a step 10.0 s\n");
  });

  it("that failed is marked", async () => {
    expect(await told(false, () => Promise.reject(new Error("no")))).toBe("  ✗ a step 0.0 s\n");
  });
});
