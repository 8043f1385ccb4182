/** One thing that costs money. */
export interface CostLine {
  /** Name of the resource. */
  resource: string;
  /** What of it: "instance", "storage". */
  what: string;
  quantity: number;
  /** What the price is for: "instance-hour". */
  unit: string;
  /** USD a unit. */
  price: number;
  /** USD a month, to the cent. */
  monthlyUsd: number;
}

export interface CostComponent {
  /** The folder of infra/ that makes it. */
  component: string;
  monthlyUsd: number;
  lines: CostLine[];
}

/** Something that will cost money, of which it is not known how much. */
export interface Unpriced {
  resource: string;
  type: string;
  why: string;
}

/** A figure that the bill depends on and the plan does not show. */
export interface Assumption {
  id: string;
  value: number;
  unit: string;
  because: string;
  /** Its likely range, for the least certain and most expensive figures. */
  range?: { low: number; high: number };
}

/** The figures of an estimate: the likely ones, or all ranges at one end. */
export type Case = "likely" | "low" | "high";

export interface Estimate {
  /** Region whose prices these are. */
  region: string;
  /** The oldest and the newest day on which a price that was used was true. */
  pricesFrom: string;
  pricesTo: string;
  components: CostComponent[];
  /** USD a month: the sum of the lines. */
  totalUsd: number;
  /** The same with every assumption that has a range at its low end, and at its high end. */
  lowUsd: number;
  highUsd: number;
  /** Unknown types, whose cost is missing from the total. */
  unknownTypes: { type: string; count: number }[];
  unpriced: Unpriced[];
  /** Those that a line was worked out with. */
  assumptions: Assumption[];
}
