import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { fileFor, toy, type } from "./support.ts";

/** Leaves with 3 where the plan breaks a guardrail: the page is written all the same. */
const pageOf = async (command: readonly string[], root?: string, exit = 0) => {
  const file = fileFor("report.html");
  const { code, error } = await type([...command, "--html", file], root);
  expect(code, error).toBe(exit);
  return readFileSync(file, "utf8");
};

describe("S1 the report page", () => {
  let page: string;
  beforeAll(async () => {
    page = await pageOf(["production"]);
  });

  it("S1 needs nothing but itself: no script, nothing loaded", () => {
    expect(page).not.toMatch(/<script|\ssrc=|\son[a-z]+=|@import|url\(https?:/);
    expect(page).toContain("default-src 'none'; style-src 'unsafe-inline'");
  });

  it("S2 draws each zone's subnets in three tiers, with the ranges of the plan", () => {
    for (const zone of ["use1-az1", "use1-az2", "use1-az4"]) expect(page).toContain(`>${zone}</text>`);
    for (const tier of ["public", "private", "isolated"]) {
      expect(page.match(new RegExp(`>${tier} 10\\.10\\.[0-9.]+/\\d+</text>`, "g"))).toHaveLength(3);
    }
    expect(page.match(/>NAT gateway<\/text>/g)).toHaveLength(3);
  });

  it("S11 draws the dashboard with the thresholds of the plan", () => {
    const [dashboard = ""] = /<svg[^>]*The dashboard with sample data.*?<\/svg>/s.exec(page) ?? [];
    for (const title of ["Server errors, % of requests", "Database: CPU, %", "Routes", "Certificate, days"])
      expect(dashboard).toContain(`>${title}</text>`);
    expect(dashboard.match(/class="limit"/g)?.length).toBeGreaterThan(25);
  });

  it("S3 S5 draws the database with its standby, and the cache with its replica", () => {
    for (const node of [
      "MySQL 8.4 primary",
      "MySQL 8.4 standby",
      "Valkey 8.2 primary",
      "Valkey 8.2 replica",
    ]) {
      expect(page).toContain(`>${node}</text>`);
    }
  });

  it("S1 numbers every flow in the picture and explains each number below it", () => {
    const inPicture = [...page.matchAll(/class="number"[^>]*>(\d+)<\/text>/g)].map(([, number]) => number);
    const explained = [...page.matchAll(/<li value="(\d+)">[^<]+\./g)].map(([, number]) => number);
    expect(explained.length).toBeGreaterThanOrEqual(10);
    expect(new Set(explained)).toEqual(new Set(inPicture));
  });

  it("S1 keeps every box of the picture clear of every other", () => {
    const boxes = [
      ...page.matchAll(
        /<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" rx="6" class="box"/g,
      ),
    ].map(([, x, y, width, height]) => ({
      left: Number(x),
      top: Number(y),
      right: Number(x) + Number(width),
      bottom: Number(y) + Number(height),
    }));
    expect(boxes.length).toBeGreaterThan(20);
    const overlaps = boxes.flatMap((one, index) =>
      boxes
        .slice(index + 1)
        .filter(
          (other) =>
            one.left < other.right &&
            other.left < one.right &&
            one.top < other.bottom &&
            other.top < one.bottom,
        )
        .map((other) => [one, other]),
    );
    expect(overlaps).toEqual([]);
  });

  it("S1 lists every resource of every component", async () => {
    const plan = JSON.parse((await type(["production", "--json"])).out);
    const rows = page.match(/<tr(?: class="component")?><td class="depth/g) ?? [];
    const components = page.match(/<details>/g) ?? [];
    expect(rows.length + components.length).toBe(plan.resources.length - 1);
  });
});

describe("S1 the report page of another environment", () => {
  it("S2 shows one NAT gateway where there is one", async () => {
    expect((await pageOf(["staging"])).match(/>NAT gateway<\/text>/g)).toHaveLength(1);
  });

  it("S10 says that requests arrive unencrypted where there is no certificate", async () => {
    const edge = 'bulwark:edge={"deletionProtection":false}';
    const page = await pageOf(["sandbox", "--config", edge], undefined, 3);
    expect(page.includes("Requests arrive over plain HTTP")).toBe(true);
  });

  it("S1 does without a picture where there is nothing to draw it from, and escapes what comes from the plan", async () => {
    const evil = `"><img src=x onerror=alert(1)><b class='`;
    const page = await pageOf(
      ["dev", "--config", `toy:greeting=${evil}`, "--config", `toy:network.cidr=${evil}`],
      toy,
      3,
    );
    expect(page).toContain("&lt;img src=x onerror=alert(1)&gt;");
    expect(page).not.toContain("<img");
    expect(page).not.toContain("<b class='");
  });
});
