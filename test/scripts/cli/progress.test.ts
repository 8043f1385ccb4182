import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type At, type Console, terminal, wantsColours } from "../../../scripts/cli/progress.ts";

const told = async (
  options: Parameters<typeof terminal>[1],
  work: (at: At, console: Console) => Promise<void>,
): Promise<string> => {
  let text = "";
  const console = terminal((more) => {
    text += more;
  }, options);
  await console.step("a step", (at) => work(at, console)).catch(() => undefined);
  return text;
};
const longWork = async (at: At) => {
  at("1 of 2");
  await vi.advanceTimersByTimeAsync(10_000);
};

const inLog = async (...given: Parameters<typeof told>) => stripVTControlCharacters(await told(...given));

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("S1 a step", () => {
  it("is one line when it has ended, so that steps may overlap", async () => {
    expect(await inLog({}, longWork)).toBe("  ✓ a step 10.0 s\n");
  });

  it("that is announced tells when it begins, and every ten seconds how far it is", async () => {
    expect(await inLog({ announce: true }, longWork)).toBe(
      "  · a step …\n    still at it, 10.0 s: 1 of 2\n  ✓ a step 10.0 s\n",
    );
  });

  it("that takes minutes is told every minute", async () => {
    const text = await inLog({ announce: true }, async () => {
      await vi.advanceTimersByTimeAsync(300_000);
    });
    expect(text.match(/still at it/g)).toHaveLength(6 + 4);
  });

  it("that failed is marked", async () => {
    expect(await inLog({}, () => Promise.reject(new Error("no")))).toBe("  ✗ a step 0.0 s\n");
  });
});

describe("S1 on a terminal", () => {
  const columns = () => 30;
  const clearLine = "\r\u001b[2K";
  /** What the screen shows: a line that is cleared begins anew. */
  const screen = (text: string) =>
    stripVTControlCharacters(
      text
        .split("\n")
        .map((line) => line.split(clearLine).at(-1))
        .join("\n"),
    );

  it("the last line lives: it tells what is under way, how far it is, and for how long", async () => {
    const text = await told({ announce: true, columns }, async (at) => {
      at("1 of 2");
      await vi.advanceTimersByTimeAsync(3_000);
    });
    const drawn = text.split(clearLine).map(stripVTControlCharacters);
    expect(drawn).toContain("  · a step: 1 of 2 … 3 s");
    expect(screen(text)).toBe("  ✓ a step 3.0 s\n");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("other lines stand above it, and it never wraps", async () => {
    const text = await told({ columns }, async (at, console) => {
      at("something that is much longer than a line");
      console.print("a line");
      await vi.advanceTimersByTimeAsync(1_000);
    });
    expect(screen(text)).toBe("a line\n  ✓ a step 1.0 s\n");
    for (const line of text.split(clearLine)) {
      expect(stripVTControlCharacters(line).length).toBeLessThan(30);
    }
  });
});

describe("S1 colours", () => {
  it.each([
    [true, {}, true],
    [true, { NO_COLOR: "1" }, false],
    [false, {}, false],
    [false, { FORCE_COLOR: "1" }, true],
    [true, { FORCE_COLOR: "0" }, false],
    [false, { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
  ])("S1 on a terminal: %j, with %j: %j", (isTTY, variables, wanted) => {
    vi.spyOn(process, "stdout", "get").mockReturnValue(
      Object.assign(Object.create(process.stdout), { isTTY }),
    );
    expect(wantsColours(variables)).toBe(wanted);
  });
});
