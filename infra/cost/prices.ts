import * as z from "zod";
import table from "./prices.json" with { type: "json" };

const day = z.iso.date();
const schema = z.strictObject({
  /** The region that the prices are for. */
  region: z.string(),
  currency: z.literal("USD"),
  /** Source of prices, and the day they were valid. `confirmed`: a source published them with a date. */
  sources: z.record(z.string(), z.strictObject({ title: z.string(), date: day, confirmed: z.boolean() })),
  prices: z.record(
    z.string(),
    z.strictObject({ unit: z.string(), usd: z.number().positive(), source: z.string() }),
  ),
});

export type PriceTable = z.output<typeof schema>;
export type Price = PriceTable["prices"][string];

/** The price table of infra/cost/prices.json. */
export const priceTable: PriceTable = schema.parse(table);

/** Hours of a month in AWS's own calculator. */
export const hoursPerMonth = 730;

/** A price is asked for that is not in the table. */
export class UnknownPrice extends Error {
  override readonly name = "UnknownPrice";
}

/** @throws UnknownPrice */
export function priceOf(id: string, prices: PriceTable = priceTable): Price {
  const price = prices.prices[id];
  if (price === undefined)
    throw new UnknownPrice(`no price of ${id} is known: add it to infra/cost/prices.json`);
  return price;
}

/** The day on which a price was true. */
export const dateOf = ({ source }: Price, prices: PriceTable = priceTable): string =>
  prices.sources[source]?.date ?? "unknown";
