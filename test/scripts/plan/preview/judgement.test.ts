import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { fileFor, toy, type } from "./support.ts";

describe("S12 guardrails in the preview", () => {
  it("S12 leaves with 0 for an environment that keeps them, and says by which exceptions", async () => {
    const { code, out } = await type(["production"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^Guardrails · \d+ rules · 0 violations · \d+ exceptions \(\d+ resources\)$/m);
    const told = Number(/(\d+) exceptions/.exec(out)?.[1]);
    expect(out.match(/ \d+ resources?, until /g)).toHaveLength(told);
    expect(out).toMatch(/^ {2}eks-endpoint-private 1 resource, until \d{4}-\d\d-\d\d$/m);
  });

  it("S12 leaves with 3 for a plan that breaks them, and shows the plan, what is wrong and the fix", async () => {
    const { code, out } = await type(["dev"], toy);
    expect(code).toBe(3);
    expect(out).toContain("ec2.Vpc main");
    expect(out).toMatch(
      /^ {2}✗ high default-security-group-empty: main has a default security group.*\n {6}Add an aws\.ec2\.Default/m,
    );
  });

  it("S12 shows in production what a relaxed setting would break", async () => {
    const { code, out } = await type(["production", "--config", "bulwark:edge.wafLogRetentionDays=90"]);
    expect(code).toBe(3);
    expect(out).toMatch(/✗ low log-retention-year: bulwark-production-web-acl-logs is kept for 90 days/);
  });

  it("S12 puts them into the JSON, with the reason of each exception", async () => {
    const { findings } = JSON.parse((await type(["staging", "--json"])).out);
    expect(findings).toContainEqual(
      expect.objectContaining({
        rule: "rds-multi-az",
        status: "excepted",
        name: "bulwark-staging-database",
        exception: { reason: expect.stringMatching(/\w/), expires: expect.stringMatching(/^\d{4}-/) },
      }),
    );
  });

  it("S12 puts them into a pull request's comment, as text that is no markup", async () => {
    const { out } = await type(["dev", "--format", "markdown"], toy);
    expect(out).toMatch(
      /^\*\*Guardrails:\*\* \d+ rules · \d+ violations · 0 exceptions\n- \*\*(critical|high)\*\* `/m,
    );
  });
});

describe("S13 cost in the preview", () => {
  let before: string;
  beforeAll(async () => {
    before = fileFor("before.json");
    writeFileSync(before, (await type(["staging", "--json"])).out);
  });

  it("S13 prints it by component, with its basis and its assumptions", async () => {
    const { out } = await type(["staging"]);
    expect(out).toMatch(
      /^Cost, USD a month · us-east-1 list prices of \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d, 730 hours/m,
    );
    expect(out).toMatch(
      /^ {2}cluster +\d+\.\d\d {2}.*control plane 73\.00.*nodes \(1 × t3a\.medium, 65 of 168 hours a week\)/m,
    );
    expect(out).toMatch(
      /^ {2}total +[\d,]+\.\d\d {2}[\d,.]+ to [\d,.]+ over the ranges of what is assumed$/m,
    );
    expect(out).toMatch(/^ {2}Assumed\n {2}\d/m);
    expect(out).toMatch(/^ {2}5 GB a month \(2 to 25\): all five logs of the control plane/m);
  });

  it("S13 names in the total's shadow what it has no price of", async () => {
    const { out } = await type(["staging", "--config", "bulwark:database.instanceClass=db.m8g.large"]);
    expect(out).toMatch(
      /! not in the total: bulwark-staging-database \[aws:rds.*no price of rds\.mysql\.db\.m8g\.large is known/,
    );
  });

  it("S13 prints what a change costs, line by line, in all three forms", async () => {
    const page = fileFor("report.html");
    const change = ["staging", "--config", "bulwark:network.natGateways=2", "--against", before];
    const { out } = await type([...change, "--html", page]);
    expect(out).toMatch(/^Cost of the change \+37\.05 USD a month \([\d,.]+ → [\d,.]+\)$/m);
    expect(out).toMatch(/^ +\+32\.85 {2}bulwark-staging-network-nat-b: gateway$/m);
    const markdown = (await type([...change, "--format", "markdown"])).out;
    expect(markdown).toMatch(/^\*\*Cost:\*\* [\d,.]+ USD a month, \+37\.05 by this change$/m);
    expect(markdown).toContain("| bulwark-staging-network-nat-b: gateway | 0.00 | 32.85 | +32.85 |");
    const html = readFileSync(page, "utf8");
    expect(html).toMatch(/<h2>Cost: [\d,.]+ USD a month<\/h2>/);
    expect(html).toContain("This change: +37.05 USD a month.");
    expect(html).toContain('<td class="figure" data-head="Difference">+32.85</td>');
    expect(html).toMatch(/<td class="short" data-head="Until">\d{4}-\d\d-\d\d<\/td>/);
    expect(html).toMatch(/<h2>Guardrails<\/h2>\n<p>\d+ rules · 0 violations/);
  });

  it("S13 prints a saving as such", async () => {
    const dearer = fileFor("dearer.json");
    writeFileSync(
      dearer,
      (await type(["staging", "--config", "bulwark:network.natGateways=2", "--json"])).out,
    );
    const { out } = await type(["staging", "--against", dearer]);
    expect(out).toMatch(/^Cost of the change −37\.05 USD a month/m);
  });

  it("S13 puts the estimate into the JSON", () => {
    const { cost } = JSON.parse(readFileSync(before, "utf8"));
    expect(cost).toMatchObject({ region: "us-east-1", unknownTypes: [], unpriced: [] });
    expect(cost.totalUsd).toBeGreaterThan(0);
  });
});
