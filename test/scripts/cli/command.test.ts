import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { perform } from "../../../scripts/cli/command.ts";
import { declare } from "../../../scripts/cli/declaration.ts";
import { CommandError } from "../../../scripts/cli/errors.ts";
import { exitCodes } from "../../../scripts/cli/exit-codes.ts";
import { noArguments, oneOf, setting, text, wholeNumber } from "../../../scripts/cli/values.ts";
import { repositoryRoot } from "../../../scripts/local/servers/index.ts";

const command = declare({
  name: "bake",
  summary: "Bakes bread.",
  forms: { "": "" },
  arguments: noArguments,
  flags: {
    loaves: { placeholder: "N", value: wholeNumber(1, 9), default: "2", description: "so many" },
    flour: { placeholder: "KIND", value: oneOf(["rye", "wheat"]), description: "of this kind" },
    with: { placeholder: "WHAT", value: text, multiple: true, description: "and this" },
    set: { placeholder: "PATH=VALUE", value: setting, multiple: true, description: "another setting" },
    oven: { placeholder: "N", value: wholeNumber(0, 300), variable: "OVEN", description: "its heat" },
    dry: { short: "d", description: "do not bake" },
  },
  exits: { failure: "it is burnt" },
  stopped: "The dough is kept.",
});

const type = async (
  argv: readonly string[],
  main: (given: unknown) => number,
  stopped = new AbortController(),
) => {
  const said: { out: string[]; error: string[] } = { out: [], error: [] };
  const output = {
    out: (more: string) => void said.out.push(more),
    error: (more: string) => void said.error.push(more),
  };
  const work = vi.fn(main);
  const code = await perform(command, work, argv, output, stopped.signal);
  return { code, work, out: said.out.join(""), error: said.error.join("") };
};

describe("S1 a command line", () => {
  it("S1 is read as declared: values checked, defaults and variables where nothing was typed", async () => {
    vi.stubEnv("OVEN", "220");
    const { work } = await type(["--with", "salt", "--with=seeds", "--set", "a.b=1", "-d"], () => 0);
    const set = [["a.b", 1]];
    expect(work).toHaveBeenCalledWith({
      flags: { loaves: 2, flour: undefined, with: ["salt", "seeds"], set, oven: 220, dry: true },
      arguments: [],
    });
  });

  it.each([
    [["--loafs", "3"], "unknown option '--loafs'\n(Did you mean --loaves?)"],
    [["--loaves", "10"], '--loaves takes a whole number from 1 to 9, not "10"'],
    [["--loaves", "1e0"], "--loaves takes a whole number"],
    [["--flour", "oat"], '--flour takes one of rye, wheat, not "oat"'],
    [["--set", "a.b"], "--set takes PATH=VALUE"],
    [["--flour"], "'--flour <KIND>' argument missing"],
    [["--flour", "--dry"], '--flour takes KIND, not "--dry"'],
    [["--dry=yes"], "unknown option '--dry=yes'"],
    [["rolls"], "It takes nothing besides its flags"],
  ])(
    "S1 %j is refused with what is wrong and the way to the help, and nothing is done",
    async (argv, message) => {
      const { code, work, error } = await type(argv, () => 0);
      expect(code).toBe(exitCodes.refused);
      expect(error).toContain(message);
      expect(error).toContain("Help: npm run bake -- --help");
      expect(work).not.toHaveBeenCalled();
    },
  );

  it("S1 a variable that is set to nothing says nothing", async () => {
    vi.stubEnv("OVEN", "");
    const { work } = await type([], () => 0);
    const flags = expect.objectContaining({ loaves: 2, oven: undefined, dry: false });
    expect(work).toHaveBeenCalledWith({ flags, arguments: [] });
  });

  it.each([
    [["--help", "--nonsense"]],
    [["--loaves", "many", "rolls", "-h"]],
    [["-h", "--flour"]],
    [["--flour", "--help"]],
    [["-dh"]],
  ])("S1 %j says all that is declared, and does nothing", async (argv) => {
    const { code, work, out, error } = await type(argv, () => 1);
    expect([code, error]).toEqual([0, ""]);
    expect(work).not.toHaveBeenCalled();
    expect(out).toContain("Usage: npm run bake [-- flags]");
    expect(out).toContain("Bakes bread.");
    expect(out).toMatch(/^ {2}--loaves <N> +so many \(default: 2\)$/m);
    expect(out).toMatch(/^ {2}--with <WHAT> +and this \(may be repeated\)$/m);
    expect(out).toMatch(/^ {2}--oven <N> +its heat \(env: OVEN\)$/m);
    expect(out).toMatch(/^ {2}-d, --dry/m);
    expect(out).toContain("Exit codes: 0 done; 1 it is burnt; 2 wrong command line; 130 stopped by Ctrl-C.");
  });
});

describe("S1 how a command ends", () => {
  it("S1 with the exit code of the error, its message and no stack trace", async () => {
    const { code, error } = await type([], () => {
      throw new CommandError("No flour.", { exitCode: exitCodes.missing });
    });
    expect([code, error]).toEqual([3, "No flour.\n"]);
    const bug = await type([], () => z.never().parse(1));
    expect(bug.code).toBe(1);
    expect(bug.error).not.toContain("    at ");
  });

  it("S1 with 130 after Ctrl-C, whatever broke because of it", async () => {
    const stopped = new AbortController();
    const { code, error } = await type(
      [],
      () => {
        stopped.abort();
        throw new Error("socket hang up");
      },
      stopped,
    );
    expect([code, error]).toEqual([130, "\nStopped. The dough is kept.\n"]);
  });
});

const scripts = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8"))).scripts;
const commands = Object.entries(scripts).flatMap(([name, line]) => {
  const [, script] = /bootstrap\.mjs (?:--servers )?(scripts\/\S+\.ts)$/.exec(line) ?? [];
  return script === undefined ? [] : [[name, script] as const];
});

describe("S1 every command of package.json", () => {
  it.each(commands)(
    "S1 npm run %s -- --help prints its help",
    (name, script) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [script, "--help"], {
        cwd: repositoryRoot,
        encoding: "utf8",
      });
      expect(stderr).toBe("");
      expect(status).toBe(0);
      expect(stdout).toContain(`npm run ${name}`);
      expect(stdout).toContain("Exit codes: 0 ");
    },
    60_000,
  );
});
