import { count, counted } from "../../cli/words.ts";
import type { Figure, Results } from "./measure.ts";

/** Longest time of 99 of 100 pages, milliseconds. */
export const promisedMs = 20;

/** What reads all of an organisation's bookings, which no page may. */
export const wholeReads = ({ figures }: Results): string[] =>
  figures.filter(({ access }) => access?.isWhole).map(({ name }) => name);

/** The figures as a table. */
export const report = (results: Results): string => {
  const { bookings, own, rounds, server, figures } = results;
  const byKey = figures[0]?.p50 ?? 0;
  const line = ({ name, access, p50, p99 }: Figure): string =>
    [
      name.padEnd(34),
      p50.toFixed(2).padStart(9),
      p99.toFixed(2).padStart(9),
      `${(p50 / byKey).toFixed(1)} ×`.padStart(9),
      access ? count(access.reads).padStart(8) : "".padStart(8),
      access ? ` ${access.types.join("+")} ${access.indexes.join(" ")}` : "",
    ]
      .join(" ")
      .trimEnd();
  const whole = wholeReads(results);
  const slow = figures.filter(({ access, p99 }) => access && p99 >= promisedMs).map(({ name }) => name);
  return [
    `${count(own)} bookings of the organisation that asks, ${count(bookings)} in all, MySQL ${server}, ${counted(rounds, "question")} of each kind`,
    `${"".padEnd(34)}    p50 ms    p99 ms  p50/by key    reads  EXPLAIN`,
    ...figures.map(line),
    whole.length === 0
      ? "No page reads or sorts all bookings."
      : `Read or sorted as a whole: ${whole.join(", ")}`,
    slow.length === 0
      ? `Every page has a p99 below ${promisedMs} ms.`
      : `A p99 of ${promisedMs} ms or more, which a busy machine alone can cause: ${slow.join(", ")}`,
  ].join("\n");
};
