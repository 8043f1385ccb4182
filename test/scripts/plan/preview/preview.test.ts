import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { earlierPlan } from "../../../../scripts/plan/preview/earlier.ts";
import { fileFor, toy, type } from "./support.ts";

/** The toy program breaks guardrails on purpose: shown all the same, but with an exit code that stops a pipeline. */
const brokenGuardrails = 3;

describe("S1 the preview command", () => {
  it("S1 prints the tree with what matters, the counts and the outputs, secrets masked", async () => {
    const { code, out, error } = await type(["dev"], toy);
    expect(code).toBe(brokenGuardrails);
    expect(error).toBe("");
    expect(out).toMatch(/^toy dev · eu-central-1 · 7 resources in 1 component · planned in \d+\.\d s\n/);
    expect(out).toContain("├─ kms.Key data-key description=data protected");
    expect(out).toMatch(/ {2}data\s+4\n/);
    expect(out).toMatch(/ {2}total\s+7\n/);
    expect(out).toMatch(/ {2}password\s+\[secret\]\n/);
    expect(out).not.toContain("\u001b");
    expect((await type(["dev"], toy, { colours: true })).out).toContain("\u001b[");
  });

  it("S1 prints exactly the plan and the judgement on it as JSON, the same each time", async () => {
    const { code, out } = await type(["dev", "--json"], toy);
    expect(code).toBe(brokenGuardrails);
    const plan = JSON.parse(out);
    expect(Object.keys(plan)).toEqual(["resources", "outputs", "findings", "cost"]);
    for (const resource of plan.resources) {
      expect(Object.keys(resource)).toEqual(["urn", "type", "name", "inputs"]);
    }
    expect(out).not.toContain("export const a");
    expect((await type(["dev", "--json"], toy)).out).toBe(out);
  });

  it("S1 tries a value that is not in the file", async () => {
    const { out } = await type(["dev", "--config", "toy:network.cidr=10.7.0.0/16"], toy);
    expect(out).toContain("ec2.Vpc main cidrBlock=10.7.0.0/16");
  });

  it("S1 explains itself", async () => {
    const { code, out } = await type(["--help"], toy);
    expect(code).toBe(0);
    expect(out).toContain("npm run preview -- ENVIRONMENT [flags]");
  });
});

describe("S1 a preview that cannot be", () => {
  it.each([
    ["an unknown environment", ["prodction"], "Environments: dev."],
    ["no environment", [], "Name one environment"],
    ["two environments", ["dev", "test"], "Name one environment"],
    ["an unknown option", ["dev", "--colour"], "--colour"],
    ["an unknown format", ["dev", "--format", "pdf"], 'text, markdown, not "pdf"'],
    ["JSON of a comparison", ["dev", "--json", "--against", "x"], "--json prints the plan itself"],
    ["a value without a key", ["dev", "--config", "nonsense"], "PATH=VALUE"],
    ["a plan that is not there", ["dev", "--against", "/nowhere/plan.json"], "/nowhere/plan.json"],
    ["a report nobody can write", ["dev", "--html", "/nowhere/report.html"], "/nowhere/report.html"],
  ])("S1 leaves with 2 for %s", async (_, command, message) => {
    const { code, out, error } = await type(command, toy);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(error).toContain(message);
  });

  it("S1 leaves with 2 for a file that is JSON but no plan", async () => {
    const file = fileFor("plan.json");
    writeFileSync(file, '{"resources":[{"urn":1}]}');
    const { code, error } = await type(["dev", "--against", file], toy);
    expect(code).toBe(2);
    expect(error).toContain("is not a plan");
  });

  it("S1 leaves with 1 when the program fails, with one message", async () => {
    const { code, out, error } = await type(["dev", "--config", "toy:fault=throw"], toy, { traced: true });
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(error).toMatch(/^The Pulumi program failed:\n {2}the sky fell \(program\/index\.ts:\d+:\d+\)\n$/);
  });
});

describe("S15 a comparison with an earlier plan", () => {
  const earlier = async () => {
    const file = fileFor("before.json");
    writeFileSync(file, (await type(["dev", "--json"], toy)).out);
    return file;
  };

  it("S15 says that nothing changes", async () => {
    const { code, out } = await type(["dev", "--against", await earlier()], toy);
    expect(code).toBe(brokenGuardrails);
    expect(out).toContain("Nothing changes.");
  });

  it("S15 shows each property that changes, with both values", async () => {
    const { out } = await type(
      ["dev", "--against", await earlier(), "--config", "toy:network.cidr=10.1.0.0/16"],
      toy,
    );
    expect(out).toContain("± ec2.Vpc main\n    cidrBlock: 10.0.0.0/16 → 10.1.0.0/16\n");
    expect(out).toContain("0 created, 0 updated, 1 replaced, 0 deleted.");
  });

  it("S15 shows what comes and what goes", async () => {
    const file = await earlier();
    const plan = JSON.parse(readFileSync(file, "utf8"));
    const [lost] = plan.resources.splice(0, 1);
    plan.resources.push({ ...lost, urn: `${lost.urn}-old`, name: "old-queue", type: "aws:sqs/queue:Queue" });
    writeFileSync(file, JSON.stringify(plan));
    const { out } = await type(["dev", "--against", file], toy);
    expect(out).toContain("- sqs.Queue old-queue");
    expect(out).toContain(`${lost.name}\n`);
    expect(out).toContain("1 created, 0 updated, 0 replaced, 1 deleted.");
  });

  it("S15 compares policies by what they say, not letter by letter", async () => {
    const file = await earlier();
    const text = readFileSync(file, "utf8").replace(
      '{\\"Version\\":\\"2012-10-17\\"',
      '{ \\"Version\\": \\"2008-10-17\\"',
    );
    writeFileSync(file, text);
    const { out } = await type(["dev", "--against", file], toy);
    expect(out).toContain("assumeRolePolicy.Version: 2008-10-17 → 2012-10-17");
  });

  it("S15 makes the earlier plan itself where a commit is named, with the program and the libraries of that commit", async () => {
    const root = dirname(fileFor("root"));
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], { cwd: root });
    const write = (path: string, text: string) => writeFileSync(join(root, path), text);
    mkdirSync(join(root, "scripts"));
    mkdirSync(join(root, "node_modules"));
    write("node_modules/library.mjs", "export const type = 'aws:s3/bucket:Bucket';");
    write("package-lock.json", "{}");
    write("Pulumi.dev.yaml", "config: {}");
    write(
      "scripts/preview.ts",
      `const { type } = await import("../node_modules/library.mjs");
      console.log(JSON.stringify({ resources: [{ urn: "u", type, name: process.argv.slice(2).join(), inputs: {} }], outputs: {} }));
      process.exit(3);`,
    );
    git("init", "--quiet", "--initial-branch=main");
    git("add", "scripts", "Pulumi.dev.yaml", "package-lock.json");
    git("commit", "--quiet", "--message=one");
    write("scripts/preview.ts", "process.exit(9)");
    expect(await earlierPlan("main", "dev", root)).toEqual({
      resources: [{ urn: "u", type: "aws:s3/bucket:Bucket", name: "dev,--json", inputs: {} }],
      outputs: {},
    });
    expect(await earlierPlan("main", "new", root)).toEqual({ resources: [], outputs: {} });
    await expect(earlierPlan("--output=x", "dev", root)).rejects.toThrow(/neither a file nor a commit/);
    git("commit", "--quiet", "--all", "--message=two");
    await expect(earlierPlan("HEAD", "dev", root)).rejects.toThrow(/that commit has no plan of dev/);
  });

  it("S15 writes markdown that no value can break out of", async () => {
    const file = await earlier();
    const evil = "toy:greeting=\n```\n<img src=x onerror=alert(1)>";
    const { out } = await type(["dev", "--against", file, "--format", "markdown", "--config", evil], toy);
    expect(out).toContain("### Preview of `dev`");
    expect(out).toContain("**0 created, 0 updated, 0 replaced, 0 deleted**");
    const [, block] = /^````diff\n([\s\S]*?)\n````$/m.exec(out) ?? [];
    expect(block).toContain("greeting: hello → ");
    expect(out.replace(block ?? "", "")).not.toContain("<img");
  });

  it("S15 keeps a comment for two environments within GitHub's 65,536 characters: details give way, never what counts", async () => {
    const file = await earlier();
    const plan = JSON.parse(readFileSync(file, "utf8"));
    const gone = (type: string) =>
      Array.from({ length: 400 }, (_, index) => ({
        ...{ urn: `urn:${type}:${index}`, type, name: `${"long-".repeat(20)}${index}`, inputs: {} },
      }));
    plan.resources.push(...gone("aws:sqs/queue:Queue"), ...gone("aws:s3/bucket:Bucket"));
    writeFileSync(file, JSON.stringify(plan));
    const { code, out } = await type(["dev", "--against", file, "--format", "markdown"], toy);
    expect(code).toBe(brokenGuardrails);
    expect(out.length).toBeLessThanOrEqual(65_536 / 2);
    expect(out).toMatch(/^> \[!CAUTION\]\n> \*\*Data at risk:\*\* 400 changes lose data/m);
    expect(out).toContain("**0 created, 0 updated, 0 replaced, 800 deleted**");
    expect(out).toMatch(/^\*\*Guardrails:\*\* .*\n- \*\*(critical|high)\*\* /m);
    expect(out).toMatch(/^\*\*Cost:\*\* /m);
    expect(out).toContain("# and 700 more\n```\n\n</details>");
    expect(out).not.toContain("Resources per component");
    expect(out).toContain("Left out");
  });
});
