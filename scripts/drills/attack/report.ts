import type { AttackResult } from "./drill.ts";
import type { Entry } from "./ledger.ts";

/** The verdict: for each attack with failing cases how many, and a command that repeats the first. */
export const report = ({ ledger, faults, skipped }: AttackResult): { text: string; passed: boolean } => {
  const failing = Map.groupBy(
    ledger.filter(({ fault }) => fault !== undefined),
    ({ kind, shot }) => `${kind}: ${shot.name}`,
  );
  const wrong = [...faults, ...[...failing].map(([name, entries]) => told(name, entries))];
  if (skipped > 0) wrong.push(`The time was up: ${skipped} cases were not sent (--seconds, --count).`);
  if (wrong.length > 0) return { text: ["NOT passed:", ...wrong].join("\n"), passed: false };
  return {
    text: `${ledger.length} requests, each answered as it must be; replicas and bookings stayed.`,
    passed: true,
  };
};

const told = (name: string, entries: readonly Entry[]): string => {
  const [first] = entries;
  const again = `npm run drill:attack -- --only ${first?.kind} --seed ${first?.seed} --count 1`;
  return `${again}   # ${name}, ${entries.length}×: ${first?.fault}`;
};
