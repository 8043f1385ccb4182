import { type CostDifference, difference, estimate } from "../../../infra/cost/index.ts";
import { shapedResource } from "../monitor/index.ts";
import type { StackIdentity } from "../monitor/types.ts";

import { architectureOf } from "./architecture.ts";
import { type Changes, compare, differences, type PropertyChange } from "./diff.ts";
import { type PlanFile, planOf } from "./plan.ts";
import type { Report } from "./report.ts";

/** What lies between an earlier plan and this one. */
export interface Comparison {
  changes: Changes;
  costs: CostDifference;
  /** What is different in the picture of the architecture. */
  picture: PropertyChange[];
}

/** Compares a report with an earlier plan of the same environment. */
export function compareWith(before: PlanFile, { run, cost }: Report): Comparison {
  const after = planOf(run);
  const drawn = ({ resources }: PlanFile) =>
    architectureOf({ resources: resources.map(withId(run.identity)), identity: run.identity });
  return {
    changes: compare(before, after),
    costs: difference(estimate(before.resources), cost),
    picture: differences(drawn(before), drawn(after)),
  };
}

/** A plan's file leaves out the made-up ids, which follow from type and name, and by which the picture knows what is connected. */
const withId = (identity: StackIdentity) => (resource: PlanFile["resources"][number]) => ({
  ...resource,
  id: shapedResource({ ...resource, custom: true, dependencies: [], identity }).id,
});
