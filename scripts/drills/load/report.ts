import { count } from "../../cli/words.ts";
import type { Cancelled } from "./bookings.ts";
import type { SessionFigures } from "./callers.ts";
import type { Figures } from "./figures.ts";

export type LoadResult = Figures & { bookings: Cancelled; sessions: SessionFigures };

const ms = (time: number | null): string => (time === null ? "-" : `${time.toFixed(1)} ms`);

/** The figures so far, in a line. */
export const progressLine = ({ sent, served, failed, p95 }: Figures): string =>
  `${count(sent)} sent, ${count(served)} served, ${count(failed)} failed, p95 ${ms(p95)}`;

/** What became of every request. */
export const report = (figures: LoadResult): string => {
  const { rate, sent, sentRate, served, servedRate, held, failed, failures, byStatus, seconds } = figures;
  const { p50, p95, p99, slowest, bookings, sessions } = figures;
  const statuses = Object.entries(byStatus).map(([status, number]) => `${status} ${number}×`);
  return [
    `sent      ${sent} in ${seconds.toFixed(1)} s (${sentRate.toFixed(0)} a second)`,
    `served    ${served} (${servedRate.toFixed(0)} a second${held ? "" : `, NOT the ${rate} asked for`})`,
    `failures  ${failed}`,
    ...Object.entries(failures).map(([kind, number]) => `          ${number}× ${kind}`),
    `statuses  ${statuses.join(", ") || "-"}`,
    `times     p50 ${ms(p50)}, p95 ${ms(p95)}, p99 ${ms(p99)}, slowest ${ms(slowest)}`,
    sessionsLine(sessions),
    bookingsLine(bookings),
  ].join("\n");
};

const sessionsLine = ({ signIns, refreshes, signedOut }: SessionFigures): string =>
  `sessions  ${signIns} sign-ins, ${refreshes} refreshes, ${signedOut} signed out`;

const bookingsLine = ({ made, cancelled }: Cancelled): string => {
  const others = made - cancelled;
  const left = others > 0 ? `; ${others} are left, of clients named "Load …"` : "";
  return `bookings  ${made} made, ${cancelled} cancelled again${left}`;
};
