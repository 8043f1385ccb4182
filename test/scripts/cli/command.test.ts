import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { perform } from "../../../scripts/cli/command.ts";
import { type Command, declare } from "../../../scripts/cli/declaration.ts";
import { CommandError } from "../../../scripts/cli/errors.ts";
import { exitCodes } from "../../../scripts/cli/exit-codes.ts";
import { noArguments, oneOf, setting, text, wholeNumber } from "../../../scripts/cli/values.ts";
import { repositoryRoot } from "../../../scripts/local/servers/index.ts";

const runCommand = vi.hoisted(() => vi.fn<(command: Command) => Promise<void>>());
vi.mock(import("../../../scripts/cli/command.ts"), async (original) => ({
  ...(await original()),
  runCommand: runCommand as never,
}));

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
  typed: Command = command,
) => {
  const said: { out: string[]; error: string[] } = { out: [], error: [] };
  const output = {
    out: (more: string) => void said.out.push(more),
    error: (more: string) => void said.error.push(more),
  };
  const work = vi.fn(main);
  const code = await perform(typed, work, argv, output, stopped.signal);
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
  const [, before, script] = /bootstrap\.mjs (?:--needs \S+ )?(.*)(scripts\/\S+\.ts)$/.exec(line) ?? [];
  return script === undefined ? [] : [{ name, before, script }];
});

/** Command lines that are wrong only as a whole, or whose value cannot be used: refused before anything starts. */
const refused: Readonly<Record<string, [argv: string[], message: string][]>> = {
  backup: [
    [["staging", "--recipient", "age1x"], "--recipient takes an age public key"],
    [["staging", "--to", "/nowhere/x.age"], "--to takes a file in a folder that exists"],
  ],
  restore: [
    [["staging"], "Name an environment, and a file or one of --promote, --discard NAME"],
    [["staging", "x.age", "--promote"], "Name an environment, and a file or one of"],
    [["staging", "--promote", "--show"], "--show, --identity and --from go with a file"],
  ],
  audit: [
    [["staging"], "Name an environment, and verify"],
    [["staging", "repair"], "Name an environment, and verify"],
  ],
  user: [
    [
      ["staging", "create"],
      "Name an environment, one of create, invite, reset, disable, enable, unlock, tier, and an",
    ],
    [["staging", "promote", "a@example.com"], "Name an environment, one of create"],
    [["staging", "create", "nobody"], "and an e-mail address"],
    [["staging", "invite", "a@example.com", "--role", "admin"], "--name and --role go with create"],
    [["staging", "create", "a@example.com", "--role", "owner"], "--role takes one of admin, member"],
    [["staging", "unlock", "a@example.com", "--password"], "--password goes with create and reset"],
    [
      ["staging", "create", "a@example.com", "--password"],
      "--password goes with an environment in the sandbox",
    ],
  ],
  rotate: [[["staging", "jwt", "--all"], "Either name secrets, or --all, or --repair"]],
  teardown: [[["staging", "--yes-delete", "production"], '--yes-delete says "production"']],
  preview: [
    [["staging", "--json", "--format", "markdown"], "--json prints the plan itself"],
    [["staging", "--html", "x", "--svg", "x"], "--html and --svg name the same file"],
    [["staging", "--html", "/nowhere/x.html"], "--html takes a file in a folder that exists"],
  ],
  load: [[["--rate", "1000000"], "--rate takes a number above 0, up to 10000"]],
  "drill:attack": [[["--ledger", "/nowhere/x"], "--ledger takes a file in a folder that exists"]],
  sandbox: [
    [["--https-port", "8080"], "--https-port and --http-port are both 8080"],
    [["--down", "--status"], "--down and --status do not go together"],
  ],
  "drill:sign-in": [[["--attempts", "99"], "--attempts takes a whole number from 100"]],
  "bench:api": [[["--bookings", "19"], "--bookings takes a whole number from 20"]],
};

describe.each(commands)("S1 npm run $name", ({ name, before, script }) => {
  let declared: Command;
  // The script itself, up to where it would read its command line.
  beforeAll(async () => {
    runCommand.mockImplementation(async (one) => {
      declared = one;
    });
    await import(join(repositoryRoot, script));
  });
  const typed = (argv: readonly string[]) => type(argv, () => 0, undefined, declared);

  it("prints its help and does nothing else", async () => {
    expect(before, "what the bootstrap does before the command line is read").toBe("");
    const { code, work, out, error } = await typed(["--help"]);
    expect([code, error]).toEqual([0, ""]);
    expect(work).not.toHaveBeenCalled();
    expect(out).toContain(`Usage: npm run ${name}`);
    expect(out).toContain("Exit codes: 0 ");
  });

  it.each([[["--no-such"], "unknown option '--no-such'"] as const, ...(refused[name] ?? [])])(
    "refuses %j before anything starts",
    async (argv, message) => {
      const { code, work, out, error } = await typed(argv);
      expect([code, out]).toEqual([exitCodes.refused, ""]);
      expect(error).toContain(message);
      expect(work).not.toHaveBeenCalled();
    },
  );
});
