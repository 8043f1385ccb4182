import { workerName } from "../lib/kubernetes-names.ts";
import type { Resource } from "../policies/resource.ts";
import type { ResourceGraph } from "../policies/resource-graph.ts";
import { type AssumptionId, assumptions } from "./assumptions.ts";
import { dateOf, hoursPerMonth, type PriceTable, priceOf } from "./prices.ts";
import type { Assumption, Case, CostLine } from "./types.ts";

/** Works out lines, and remembers which assumptions and prices they rest on. */
export class Bill {
  readonly graph: ResourceGraph;
  readonly #prices: PriceTable;
  readonly #assumed = new Set<AssumptionId>();
  readonly #dates = new Set<string>();

  readonly #case: Case;

  constructor(graph: ResourceGraph, prices: PriceTable, which: Case = "likely") {
    this.graph = graph;
    this.#prices = prices;
    this.#case = which;
  }

  /** `quantity` units at the price `id`. @throws UnknownPrice */
  line(resource: Resource, what: string, quantity: number, id: string, share = 1): CostLine {
    const price = priceOf(id, this.#prices);
    if (quantity > 0) this.#dates.add(dateOf(price, this.#prices));
    const usd = price.usd * share;
    return {
      resource: resource.name,
      what,
      quantity: rounded(quantity, 4),
      unit: price.unit,
      price: rounded(usd, 6),
      monthlyUsd: rounded(quantity * usd, 2),
    };
  }

  /** `count` things that are paid by the hour, all month. */
  hourly(resource: Resource, what: string, count: number, id: string, share = 1): CostLine {
    return this.line(resource, what, count * hoursPerMonth, id, share);
  }

  /** USD a unit. */
  price(id: string): number {
    return priceOf(id, this.#prices).usd;
  }

  assume(id: AssumptionId): number {
    this.#assumed.add(id);
    const { value, range } = assumptions[id];
    return this.#case === "likely" ? value : (range?.[this.#case] ?? value);
  }

  /** Requests a month to all replicas behind the load balancer. */
  requests(): number {
    const replicas = this.graph
      .ofType("kubernetes:apps/v1:Deployment")
      .filter((deployment) => deployment.text("metadata.name") !== workerName)
      .reduce((sum, deployment) => sum + (deployment.number("spec.replicas") ?? 1), 0);
    return replicas * this.assume("requestsPerReplica");
  }

  get assumed(): Assumption[] {
    return [...this.#assumed].map((id) => ({ id, ...assumptions[id] }));
  }

  get dates(): string[] {
    return [...this.#dates].sort();
  }
}

export const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

/** What a resource costs: one line per billed item; no lines if it is free. */
export type Pricer = (resource: Resource, bill: Bill) => CostLine[];
