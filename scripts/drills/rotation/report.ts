import { keysOf } from "../../../app/contract/records.ts";
import { rotationStrategies, type SecretPurpose, secretsRotatedBy } from "../../../app/contract/secrets.ts";
import type { DrillResult, Rotated } from "./drill.ts";
import { failuresOf, type PhaseFigures, phasesOf, spreadOf } from "./phases.ts";
import { table } from "./table.ts";

/** Whether every request was answered, every rotation went through, and the API uses what they made. */
export const passed = ({ samples, rotated, sessions, keys }: DrillResult): boolean =>
  samples.length > 0 &&
  samples.every(({ failure }) => failure === undefined) &&
  rotated.every(({ failure }) => failure === undefined) &&
  sessions.refreshes > 0 &&
  sessions.signedOut === 0 &&
  newKeys(keys) >= rotated.filter(({ purpose }) => purpose === "jwt").length;

const newKeys = ({ before, after }: DrillResult["keys"]): number =>
  after.filter((kid) => !before.includes(kid)).length;

/** What the drill has shown, as tables. */
export const report = (result: DrillResult): string => {
  const { samples, warm, rotation, rotated, sessions, keys, machine, busy } = result;
  const phases = phasesOf(samples, warm, rotation);
  return [
    table([
      ["", "requests", "failures", "p50 ms", "p99 ms", "slowest ms", "sent late ms", "busy %"],
      phaseRow("before the rotations", phases.before, busy.before),
      phaseRow("during", phases.during, busy.during),
      phaseRow("after", phases.after, busy.after),
      phaseRow("all, warm-up included", phases.all),
    ]),
    ...[...failuresOf(samples)].map(([kind, count]) => `  ${count}× ${kind}`),
    "",
    `p99 during / before   ${figure(phases.during.p99 / phases.before.p99, 2)}`,
    "sent late             p99 of the generator's own delay; it is in the times",
    "busy                  of the processors' time; near 100 % requests wait for a processor, which is in the times too",
    `the machine           ${machine.processors} processors, ${machine.load.toFixed(1)} processes wanted them before the drill`,
    `new token keys        ${newKeys(keys)} published by the API (${keys.before.length} → ${keys.after.length})`,
    `people                ${sessions.signIns} sign-ins, ${sessions.refreshes} refreshes, ${sessions.signedOut} signed out`,
    "",
    table([
      ["one rotation", "times", "failed", "min s", "median s", "max s"],
      ...keysOf(rotationStrategies).map((strategy) =>
        rotationRow(rotationStrategies[strategy], secretsRotatedBy(strategy), rotated),
      ),
    ]),
  ].join("\n");
};

const phaseRow = (
  name: string,
  { requests, failures, p50, p99, slowest, late }: PhaseFigures,
  busy = Number.NaN,
): string[] => [
  name,
  String(requests),
  String(failures),
  figure(p50),
  figure(p99),
  figure(slowest),
  figure(late),
  Number.isNaN(busy) ? "" : (busy * 100).toFixed(0),
];

const rotationRow = (name: string, purposes: readonly SecretPurpose[], rotated: readonly Rotated[]) => {
  const own = rotated.filter(({ purpose }) => purposes.includes(purpose));
  const failed = own.filter(({ failure }) => failure !== undefined).length;
  const { count, min, median, max } = spreadOf(own.map(({ seconds }) => seconds));
  return [name, String(count), String(failed), ...[min, median, max].map((seconds) => figure(seconds))];
};

/** "-" where there is nothing to measure. */
const figure = (value: number, digits = 1): string => (Number.isNaN(value) ? "-" : value.toFixed(digits));
