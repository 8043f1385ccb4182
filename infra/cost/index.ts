export { type CostDifference, difference } from "./difference.ts";
export { estimate } from "./estimate.ts";
export type { Assumption, CostLine, Estimate } from "./types.ts";
