import type { Figures } from "./figures.ts";

/** The figures so far, in a line. */
export const progressLine = ({ seconds, requests, failed, p95 }: Figures): string =>
  `  ${seconds.toFixed(0).padStart(4)} s  ${String(requests).padStart(7)} answered  ${failed} failed  p95 ${p95.toFixed(1)} ms`;

/** What became of every request. */
export const report = (figures: Figures): string => {
  const { requests, failed, failures, byStatus, seconds, rate, p50, p95, p99, slowest } = figures;
  const statuses = Object.entries(byStatus).map(
    ([status, number]) => `${status === "0" ? "none" : status} ${number}×`,
  );
  return [
    `requests  ${requests} in ${seconds.toFixed(1)} s (${rate.toFixed(0)} a second)`,
    `failures  ${failed}`,
    ...Object.entries(failures).map(([kind, number]) => `          ${number}× ${kind}`),
    `statuses  ${statuses.join(", ")}`,
    `times     p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, slowest ${slowest.toFixed(1)} ms`,
  ].join("\n");
};
