import { describe, expect, it } from "vitest";
import { difference } from "../../../infra/cost/difference.ts";
import { estimate } from "../../../infra/cost/estimate.ts";
import type { ResourceData } from "../../../infra/policies/resource.ts";

const resource = (type: string, name: string, inputs: Record<string, unknown> = {}): ResourceData => ({
  urn: `urn:pulumi:test::bulwark::bulwark:network:Network$${type}::${name}`,
  type,
  name,
  inputs,
});
const nat = (name: string) => resource("aws:ec2/natGateway:NatGateway", name);
const key = resource("aws:kms/key:Key", "key");

describe("S13 what a change costs", () => {
  it("shows what was added, the greatest first, and leaves out what stayed", () => {
    const change = difference(estimate([nat("a"), key]), estimate([nat("a"), nat("b"), key]));
    expect(change).toMatchObject({ beforeUsd: 34.36, afterUsd: 67.66, differenceUsd: 33.3 });
    expect(change.components).toEqual([
      { name: "network", beforeUsd: 34.36, afterUsd: 67.66, differenceUsd: 33.3 },
    ]);
    expect(change.lines).toEqual([
      { name: "b: gateway", beforeUsd: 0, afterUsd: 32.85, differenceUsd: 32.85 },
      { name: "b: traffic", beforeUsd: 0, afterUsd: 0.45, differenceUsd: 0.45 },
    ]);
  });

  it("shows what was saved as a negative sum", () => {
    const change = difference(estimate([nat("a"), key]), estimate([key]));
    expect(change.differenceUsd).toBe(-33.3);
    expect(change.lines[0]).toEqual({
      name: "a: gateway",
      beforeUsd: 32.85,
      afterUsd: 0,
      differenceUsd: -32.85,
    });
  });

  it("shows a price that changed under the same name", () => {
    const database = (instanceClass: string) =>
      resource("aws:rds/instance:Instance", "db", { instanceClass, allocatedStorage: 20 });
    const change = difference(estimate([database("db.t4g.micro")]), estimate([database("db.t4g.medium")]));
    expect(change.lines).toEqual([
      { name: "db: instance", beforeUsd: 11.68, afterUsd: 47.45, differenceUsd: 35.77 },
    ]);
  });

  it("is empty where nothing changed, and turns around with its arguments", () => {
    const [one, other] = [estimate([nat("a")]), estimate([nat("a"), key])];
    expect(difference(one, one)).toEqual({
      beforeUsd: 33.3,
      afterUsd: 33.3,
      differenceUsd: 0,
      components: [],
      lines: [],
    });
    expect(difference(one, other).differenceUsd).toBe(-difference(other, one).differenceUsd);
  });
});
