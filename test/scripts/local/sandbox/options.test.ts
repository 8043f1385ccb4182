import { describe, expect, it, vi } from "vitest";
import { secretPurposes } from "../../../../app/contract/secrets.ts";
import { readFlags } from "../../../../scripts/cli/flags.ts";
import { resetCommand, sandboxCommand, sandboxOptionsOf } from "../../../../scripts/local/sandbox/options.ts";
import { repositoryRoot } from "../../../../scripts/local/servers/index.ts";
import { rotateCommand, rotateOptionsOf } from "../../../../scripts/ops/rotate/options.ts";

const readOptions = (args: readonly string[], env: NodeJS.ProcessEnv) => {
  for (const flag of Object.values(sandboxCommand.flags))
    if ("variable" in flag) vi.stubEnv(flag.variable, env[flag.variable]);
  const given = readFlags(sandboxCommand, args, () => undefined);
  if (given === undefined) throw new Error("help was asked for");
  return sandboxOptionsOf(given, env);
};

const readRotation = (args: readonly string[], env: NodeJS.ProcessEnv) => {
  const given = readFlags(rotateCommand, args, () => undefined);
  if (given === undefined) throw new Error("help was asked for");
  return rotateOptionsOf(given, env);
};

describe("S1 the sandbox's command line", () => {
  it("without anything it starts the environment sandbox in .sandbox", () => {
    const options = readOptions([], {});
    expect(options.command).toEqual({ kind: "up" });
    expect(options.stack).toBe("sandbox");
    expect(options.stateDir).toBe(`${repositoryRoot}/.sandbox`);
    expect(resetCommand(options)).toBe("npm run sandbox -- --reset");
  });

  it("ports come from flags before the environment; a relative folder counts from where npm was called", () => {
    const env = { SANDBOX_HTTPS_PORT: "9443", SANDBOX_AWS_PORT: "4000", INIT_CWD: "/somewhere" };
    const options = readOptions(["production", "--https-port", "1234", "--state-dir", "mine"], env);
    expect(options.stack).toBe("production");
    expect(options.ports).toMatchObject({ https: 1234, aws: 4000 });
    expect(options.ports.mysql).toBeUndefined();
    expect(options.stateDir).toBe("/somewhere/mine");
    expect(resetCommand(options)).toContain("--state-dir /somewhere/mine");
    expect(readOptions(["--free-ports"], {}).ports).toMatchObject({ https: 0, redis: 0 });
  });

  it("R8 configuration on top of the file's, by path, as Pulumi's command line reads it", () => {
    const flags = [
      "bulwark:rotation.generation=2",
      "bulwark:cluster.version=1.40",
      "bulwark:a.b=x=y",
      "bulwark:a.list=[1,2]",
      "bulwark:a.zip=007",
      "bulwark:a.on=true",
    ];
    expect(
      readOptions(
        flags.flatMap((flag) => ["--config", flag]),
        {},
      ).config,
    ).toEqual({
      "bulwark:rotation.generation": 2,
      "bulwark:cluster.version": "1.40",
      "bulwark:a.b": "x=y",
      "bulwark:a.list": [1, 2],
      "bulwark:a.zip": "007",
      "bulwark:a.on": true,
    });
    expect(readOptions([], {}).config).toEqual({});
  });

  it.each([
    [["--config", "bulwark:rotation.generation"], "--config takes PATH=VALUE"],
    [["--https-port", "70000"], "--https-port takes a whole number from 0 to 65535"],
    [["--loopback", "0"], "--loopback takes a whole number from 1 to 254"],
    [["--nonsense"], "--nonsense"],
    [["--down", "--status"], "--down and --status do not go together"],
    [["one", "two"], "Name one environment at a time"],
    [["--https-port", "9000", "--http-port", "9000"], "--https-port and --http-port are both 9000"],
    [["--redis-port", "8443"], "--https-port and --redis-port are both 8443"],
    [["--aws-port", "13306", "--mysql-port", "13306"], "--mysql-port and --aws-port are both 13306"],
    [["--yes"], "--yes goes with --reset"],
    [["--status", "--free-ports"], "--free-ports and --config are for a start, which --status is not"],
    [["--down", "--config", "a:b=1"], "--free-ports and --config are for a start, which --down is not"],
  ])("%j is refused", (args, message) => {
    expect(() => readOptions(args, {})).toThrow(message);
    try {
      readOptions(args, {});
    } catch (error) {
      expect(error).toMatchObject({ exitCode: 2 });
    }
  });
});

describe("R8 rotate's command line", () => {
  it("named secrets once each, or all that rotate", () => {
    expect(readRotation(["staging", "jwt", "cache", "jwt"], {})).toMatchObject({
      ...{ environment: "staging", purposes: ["jwt", "cache"], local: false },
    });
    const all = readRotation(["sandbox", "--all"], {});
    expect(all).toMatchObject({ local: true });
    expect(all.purposes).toEqual(secretPurposes.filter((purpose) => purpose !== "twilio"));
  });

  it.each([
    [[], "Name an environment"],
    [["staging"], "Name at least one secret"],
    [["staging", "nothing"], 'There is no secret "nothing"'],
    [["staging", "twilio"], '"twilio" is not rotated by the stack'],
    [["staging", "jwt", "--all"], "Either name secrets, or --all"],
    [["staging", "jwt", "--timeout", "soon"], "--timeout takes a number above 0"],
  ])("%j is refused", (args, message) => {
    expect(() => readRotation(args, {})).toThrow(message);
  });
});
