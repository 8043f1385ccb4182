import { beforeAll } from "vitest";
import { environments } from "./configuration.ts";
import { type Plan, planning, planOf } from "./plan.ts";

type Environment = (typeof environments)[number];

/** The plans of all environments, worked out before the first test of the file. */
export function plansOfAll(): (stack: Environment) => Plan {
  const plans = new Map<Environment, Plan>();
  beforeAll(async () => {
    for (const stack of environments) plans.set(stack, await planOf(stack));
  }, planning);
  return (stack) => {
    const found = plans.get(stack);
    if (found === undefined) throw new Error(`the plan of ${stack} is asked for before the tests run`);
    return found;
  };
}
