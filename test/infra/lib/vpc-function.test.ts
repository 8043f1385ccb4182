import { describe, expect, it } from "vitest";
import { environments } from "../support/configuration.ts";
import { plansOfAll } from "../support/plans.ts";

const plan = plansOfAll();

describe.each(environments)("S7 the functions of %s", (stack) => {
  const functions = () => plan(stack).all("aws:lambda/function:Function");

  // Lambda tries the role's rights when it makes a function in a VPC, and refuses one that may not make network interfaces.
  it("S7 are made once their roles have their rights", () => {
    for (const lambda of functions()) {
      const policies = plan(stack)
        .all("aws:iam/rolePolicy:RolePolicy")
        .filter(({ name }) => name === lambda.name);
      expect(
        policies.map((policy) => plan(stack).waitsFor(lambda, policy)),
        lambda.name,
      ).toEqual([true]);
    }
  });

  // Lambda gives CPU by memory, and a cold start spends it on TLS: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
  it("S7 have the memory that a cold start wants, and time for what they wait for", () => {
    for (const { name, inputs } of functions()) {
      expect(inputs.memorySize, name).toBe(512);
      expect(inputs.timeout, name).toBeGreaterThanOrEqual(60);
    }
  });
});
