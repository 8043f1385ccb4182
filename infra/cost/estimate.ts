import { type Resource, type ResourceData, UnknownValue } from "../policies/resource.ts";
import { matches, ResourceGraph } from "../policies/resource-graph.ts";
import { Bill, type Pricer, rounded } from "./bill.ts";
import { freeTypes } from "./free.ts";
import { computePricers } from "./pricers/compute.ts";
import { dataPricers } from "./pricers/data.ts";
import { networkPricers } from "./pricers/network.ts";
import { operationsPricers } from "./pricers/operations.ts";
import { type PriceTable, priceTable, UnknownPrice } from "./prices.ts";
import type { Case, CostComponent, CostLine, Estimate, Unpriced } from "./types.ts";

const pricers: Readonly<Record<string, Pricer>> = {
  ...networkPricers,
  ...dataPricers,
  ...computePricers,
  ...operationsPricers,
};
const free = Object.keys(freeTypes);

/**
 * What a plan costs in a month of 730 hours, without discounts, taxes and free tiers (unless a line says so). It depends
 * only on its arguments, and names what it cannot price.
 */
export function estimate(resources: readonly ResourceData[], prices: PriceTable = priceTable): Estimate {
  // Neither the environment's name nor the day matters to a price.
  const graph = new ResourceGraph(resources, { stack: "", today: "" });
  const { bill, components, unknown, unpriced } = billOf(graph, prices, "likely");
  return {
    region: prices.region,
    pricesFrom: bill.dates.at(0) ?? "",
    pricesTo: bill.dates.at(-1) ?? "",
    components: [...components].map(([component, lines]) => componentCost(component, lines)).sort(byCost),
    totalUsd: totalOf(components),
    lowUsd: totalOf(billOf(graph, prices, "low").components),
    highUsd: totalOf(billOf(graph, prices, "high").components),
    unknownTypes: [...unknown].map(([type, count]) => ({ type, count })),
    unpriced,
    assumptions: bill.assumed,
  };
}

function billOf(graph: ResourceGraph, prices: PriceTable, which: Case) {
  const bill = new Bill(graph, prices, which);
  const unpriced: Unpriced[] = [];
  const unknown = new Map<string, number>();
  const components = new Map<string, CostLine[]>();
  for (const resource of graph.resources) {
    const pricer = pricers[resource.type];
    if (pricer === undefined) {
      if (!matches(resource.type, free)) unknown.set(resource.type, (unknown.get(resource.type) ?? 0) + 1);
      continue;
    }
    // It omits lines that round to zero, so that the important ones are visible.
    const lines = priced(resource, pricer, bill, unpriced).filter(({ monthlyUsd }) => monthlyUsd > 0);
    const component = componentOf(resource);
    if (lines.length > 0) components.set(component, [...(components.get(component) ?? []), ...lines]);
  }
  return { bill, components, unknown, unpriced };
}

const totalOf = (components: ReadonlyMap<string, CostLine[]>): number =>
  sumOf([...components.values()].flat());

function priced(resource: Resource, pricer: Pricer, bill: Bill, unpriced: Unpriced[]): CostLine[] {
  try {
    return pricer(resource, bill);
  } catch (error) {
    if (!(error instanceof UnknownPrice || error instanceof UnknownValue)) throw error;
    unpriced.push({ resource: resource.name, type: resource.type, why: error.message });
    return [];
  }
}

const componentCost = (component: string, lines: CostLine[]): CostComponent => ({
  component,
  monthlyUsd: sumOf(lines),
  lines: [...lines].sort((one, other) => other.monthlyUsd - one.monthlyUsd),
});
const sumOf = (lines: readonly CostLine[]): number =>
  rounded(
    lines.reduce((sum, { monthlyUsd }) => sum + monthlyUsd, 0),
    2,
  );
const byCost = (one: CostComponent, other: CostComponent): number => other.monthlyUsd - one.monthlyUsd;

/** The folder of infra/ whose component the resource is below, by its URN. */
const componentOf = ({ urn }: Resource): string =>
  /::(?:[^:]*:)*?bulwark:([a-z]+):/.exec(urn)?.[1] ?? "other";
