export { type CostChange, type CostDifference, difference } from "./difference.ts";
export { estimate } from "./estimate.ts";
export { hoursPerMonth, priceTable } from "./prices.ts";
export type { Assumption, CostComponent, CostLine, Estimate, Unpriced } from "./types.ts";
