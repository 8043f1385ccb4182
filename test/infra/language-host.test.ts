import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { tellPlainly } from "../../infra/lib/faults.ts";
import { repositoryRoot } from "../../scripts/local/servers/index.ts";
import { run as command } from "../../scripts/local/servers/run.ts";
import { runInLanguageHost } from "./support/language-host.ts";
import { planOf } from "./support/plan.ts";

describe("S1 in Pulumi's own language host", { timeout: 180_000 }, () => {
  it("the program runs as it is, and registers what the offline plan shows", async () => {
    const changes = { "bulwark:network.cidr": "172.17.0.0/16" };
    const run = await runInLanguageHost("staging", changes, ["--stack-trace-limit=0"]);
    expect([run.exitCode, run.errors, run.printed]).toEqual([0, [], ""]);
    expect(run.warnings).toEqual([
      [
        'The configuration of "staging" has 1 warning:',
        "",
        "  1. bulwark:network.cidr is 172.17.0.0/16, which Docker uses on every machine that has it (172.17.0.0/16): such a machine reaches nothing in this VPC, by peering, VPN or otherwise",
        "     pulumi config set --stack staging --path network.cidr 10.20.0.0/16",
      ].join("\n"),
    ]);
    const { resources } = (await planOf("staging")).run;
    expect(run.registered.sort()).toEqual(resources.map(({ type, name }) => `${type} ${name}`).sort());
  });

  it("a refused configuration is a message without a stack trace, before any resource", async () => {
    const run = await runInLanguageHost("production", { "bulwark:database.deletionProtection": false });
    // 32: "the program has told the user what to do", so that the engine adds nothing.
    expect(run.exitCode).toBe(32);
    expect(run.errors).toEqual([
      [
        'The configuration of "production" has 1 problem; nothing was changed.',
        "",
        "  1. bulwark:database.deletionProtection is false: in production nothing may be deleted by one command",
        "     pulumi config set --stack production --path database.deletionProtection true",
      ].join("\n"),
    ]);
    expect(run.registered).toEqual(["pulumi:pulumi:Stack bulwark-production"]);
  });

  it("an error is told by its own message, without the path of every property that waits for its value", () => {
    tellPlainly();
    tellPlainly();
    const [first, ...others] = process.listeners("unhandledRejection");
    const error = new Error('error serializing property "spec": error serializing property "name": lost');
    first?.(error, Promise.resolve());
    expect(error.message).toBe("lost");
    expect(others).not.toContain(first);
    if (first !== undefined) process.off("unhandledRejection", first);
  });

  it("an older Node is told of in words, before the program is loaded", async () => {
    const older = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "22.12.0" } });`;
    const { href } = pathToFileURL(`${repositoryRoot}/infra/main.mjs`);
    const program = `const { default: deploy } = await import("${href}"); await deploy().catch(({ message }) => console.log(message));`;
    const { stdout } = await command(process.execPath, ["--input-type=module", "--eval", older + program]);
    expect(stdout).toBe(
      "Bulwark needs Node 22.18 or newer on PATH, and this is Node 22.12.0: nvm install 24\n",
    );
  });
});
