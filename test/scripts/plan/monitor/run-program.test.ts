import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runProgram } from "../../../../scripts/plan/monitor/index.ts";
import { ofCommandLine } from "../../../../scripts/plan/monitor/overrides.ts";
import { refusal, valuesOf } from "../../../infra/support/configuration.ts";

const root = fileURLToPath(new URL("fixture", import.meta.url));
const dev = { stack: "dev", root, preview: true };
const resource = (run: Awaited<ReturnType<typeof runProgram>>, name: string) => {
  const found = run.resources.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no resource ${name}`);
  return found;
};

describe("S1 a run of the program in this process", () => {
  it("S1 hands the stack's configuration to the program, structured values and defaults of Pulumi.yaml included", async () => {
    const run = await runProgram(dev);
    expect(run.outputs).toMatchObject({ greeting: "hello", zones: 2 });
    expect(run.identity.region).toBe("eu-central-1");
    expect(resource(run, "main").inputs).toEqual({ cidrBlock: "10.0.0.0/16" });
  });

  it("S1 puts overrides on top, by path, and takes a key away with undefined", async () => {
    const run = await runProgram({
      ...dev,
      config: { "toy:network.cidr": "10.9.0.0/16", "aws:region": "eu-west-1" },
    });
    expect(resource(run, "main").inputs).toEqual({ cidrBlock: "10.9.0.0/16" });
    expect(run.outputs.functionArn).toMatch(/^arn:aws:lambda:eu-west-1:123456789012:function:fn-/);
    await expect(runProgram({ ...dev, config: { "toy:greeting": undefined } })).rejects.toThrow(/greeting/);
  });

  it("S1 takes a path without a namespace for the project's own, as Pulumi's command line does", async () => {
    const run = await runProgram({ ...dev, config: { "network.zones": 3 } });
    expect(run.outputs.zones).toBe(3);
    expect(resource(run, "main").inputs).toEqual({ cidrBlock: "10.0.0.0/16" });
  });

  it("S1 writes URNs as the engine does and keeps parents, protection, ignored changes and dependencies", async () => {
    const run = await runProgram(dev);
    const key = resource(run, "data-key");
    expect(key.urn).toBe("urn:pulumi:dev::toy::toy:data:Data$aws:kms/key:Key::data-key");
    expect(key.parent).toBe(resource(run, "data").urn);
    expect(key.protect).toBe(true);
    expect(resource(run, "data-pass")).toMatchObject({ ignoreChanges: ["length"], dependsOn: [key.urn] });
    expect(resource(run, "data-vault")).toMatchObject({ dependsOn: [], dependencies: [key.urn] });
    expect(resource(run, "data").component).toBe(true);
    expect(run.resources[0]?.type).toBe("pulumi:pulumi:Stack");
  });

  it("S1 keeps warnings for the end", async () => {
    const { warnings } = await runProgram({ ...dev, config: { "toy:warning": "mind the gap" } });
    expect(warnings).toEqual(["mind the gap"]);
  });

  it("S6 masks every secret: in inputs, in outputs, and those of the configuration", async () => {
    const run = await runProgram(dev);
    expect(resource(run, "data-user").inputs.passwords).toBe("[secret]");
    expect(run.outputs).toMatchObject({ password: "[secret]", configured: "[secret]" });
  });

  it("S6 gives the secret itself to whoever makes the resource real", async () => {
    const passwords: unknown[] = [];
    await runProgram({
      ...dev,
      newResource: ({ name, type, inputs }) => {
        if (type === "aws:elasticache/user:User") passwords.push(inputs.passwords);
        return {
          id: name,
          state: { ...inputs, ...(type.startsWith("random:") ? { result: "opensesame" } : {}) },
        };
      },
    });
    expect(passwords).toEqual([["opensesame"]]);
  });

  it("S1 shows code by a hash that changes with the code", async () => {
    const { inputs } = resource(await runProgram(dev), "fn");
    expect(inputs.code).toMatch(/^\[archive index\.mjs sha256:[0-9a-f]{12}\]$/);
    const changed = await runProgram({ ...dev, config: { "toy:code": "export const a = 2;" } });
    expect(resource(changed, "fn").inputs.code).not.toBe(inputs.code);
  });

  it("S1 is the same each time, run after run and side by side", async () => {
    const runs = await Promise.all([runProgram(dev), runProgram(dev), runProgram(dev)]);
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });

  it("S1 survives a first preview in which nothing is known", async () => {
    const known = await runProgram(dev);
    const unknown = await runProgram({ ...dev, unknowns: true });
    expect(unknown.resources.map(({ urn }) => urn).sort()).toEqual(
      known.resources.map(({ urn }) => urn).sort(),
    );
    expect(unknown.outputs).toMatchObject({ vpcId: "[unknown]", greeting: "hello" });
    expect(resource(unknown, "fn").inputs.role).toBe("[unknown]");
  });
});

describe("S1 a program that fails", () => {
  const failing = (fault: string) => runProgram({ ...dev, config: { "toy:fault": fault } });

  it.each([
    ["throws", "throw", /the sky fell \(program\/index\.ts:\d+/],
    ["fails promises away, in an apply", "apply", /far away/],
    [
      "gives two resources one name",
      "twins",
      /main \[aws:ec2\/vpc:Vpc\]: there is already a resource with the URN/,
    ],
    ["puts an Output into a template string", "template", /inputs\.cidrBlock .* use pulumi\.interpolate/],
    ["asks a data source nobody answers", "question", /no answer for the data source aws:ec2\/getAmi:getAmi/],
  ])("S1 gives one clear error when it %s", async (_, fault, message) => {
    const failure = await failing(fault).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ name: "CommandError", exitCode: 1 });
    expect(String(failure)).toMatch(message);
    expect(String(failure).match(/\n/g)).toHaveLength(1);
  });

  it("S1 names the resource that could not be made, not the ones that waited for it", async () => {
    const failure = runProgram({
      ...dev,
      newResource: ({ name, inputs }) => {
        if (name === "data-key") throw new Error("no keys left");
        return { id: name, state: inputs };
      },
    });
    await expect(failure).rejects.toThrow(
      "The Pulumi program failed:\n  data-key [aws:kms/key:Key]: no keys left",
    );
  });

  it("S1 tells an error once, whatever waits for the value that failed", async () => {
    const message = await failing("everywhere").catch(String);
    expect(message).toMatch(
      /^CommandError: The Pulumi program failed:\n {2}lost \(program\/index\.ts:\d+:\d+\)$/,
    );
  });

  it("S1 tells the first of many errors, and counts the others", async () => {
    const message = await failing("many").catch(String);
    const place = String.raw`\(program/index\.ts:\d+:\d+\)`;
    const lines = [
      `no one ${place}`,
      `no two ${place}`,
      `no three ${place}`,
      "and 2 more errors: fix these first",
    ];
    expect(message).toMatch(new RegExp(`:\\n  ${lines.join("\\n  ")}$`));
  });

  it("S1 is followed by a good run, with the process's own listeners back in place", async () => {
    const before = process.listeners("unhandledRejection");
    await expect(failing("throw")).rejects.toThrow();
    expect(process.listeners("unhandledRejection")).toEqual(before);
    expect((await runProgram(dev)).outputs.greeting).toBe("hello");
  });

  it("S1 lists the environments there are when asked for another", async () => {
    const failure = runProgram({ ...dev, stack: "prodction" });
    await expect(failure).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("There is no environment"),
    });
    await expect(failure).rejects.toThrow("Environments: dev.");
  });
});

describe("S1 a configuration that --config made wrong", () => {
  it("is told as that: the flag in the heading, and what to type instead of it", () => {
    const given = { "bulwark:network.natGateways": "two", "bulwark:cache.node": "big" };
    const values = valuesOf("staging", { ...given, "bulwark:database.multiAz": "no" });
    expect(ofCommandLine(refusal(values, "staging"), given).message.split("\n")).toEqual([
      'The configuration of "staging" with --config network.natGateways=two --config cache.node=big has 3 problems; nothing was changed.',
      "",
      '  1. bulwark:network.natGateways is "two" but must be a number',
      "     --config network.natGateways=1",
      '  2. bulwark:database.multiAz is "no" but must be true or false',
      "     pulumi config set --stack staging --path database.multiAz true",
      '  3. bulwark:cache.node is not a key of this program; did you mean "nodeType"?',
      "     leave out --config cache.node",
    ]);
  });
});
