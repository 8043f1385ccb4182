import { holders } from "./data-holders.ts";
import type { Changes, PropertyChange } from "./diff.ts";
import type { PlanFile } from "./plan.ts";
import { replaces } from "./replacement.ts";

type Planned = PlanFile["resources"][number];

/** A risk of a change to data, to know before it is made. */
export interface Danger {
  /** Whether it loses data or its container, or fails half-way; otherwise it only makes a later loss likelier. */
  loses: boolean;
  type: string;
  /** All affected resources of the type, for the same reason. */
  names: string[];
  /** What happens, and why. */
  problem: string;
  fix: string;
}

/** What in a change loses data, or makes a later loss likelier. The losses come first. */
export function dangersOf({ removed, changed }: Changes): Danger[] {
  const found = [
    ...removed.flatMap(removal),
    ...changed.flatMap(({ resource, properties }) => [
      ...replacement(resource, properties),
      ...properties.flatMap((property) => lessSafe(resource, property)),
    ]),
  ];
  return grouped(found).sort((one, other) => Number(other.loses) - Number(one.loses));
}

/** One for all resources to which the same happens. */
function grouped(all: readonly Danger[]): Danger[] {
  const groups = new Map<string, Danger>();
  for (const danger of all) {
    const key = `${danger.type} ${danger.problem}`;
    const known = groups.get(key);
    groups.set(key, known ? { ...known, names: [...known.names, ...danger.names] } : danger);
  }
  return [...groups.values()];
}

function removal({ type, name }: Planned): Danger[] {
  const holder = holders[type];
  if (!holder) return [];
  return [
    { loses: true, type, names: [name], problem: `removed, and with it ${holder.holds}`, fix: holder.fix },
  ];
}

function replacement(resource: Planned, properties: readonly PropertyChange[]): Danger[] {
  const holder = holders[resource.type];
  const because = properties.filter((change) => replaces(resource, change)).map(({ path }) => path);
  if (!holder || because.length === 0) return [];
  const { type, name } = resource;
  const problem = `replaced by a new one, since ${because.join(", ")} cannot be changed in place; what goes: ${holder.holds}`;
  return [{ loses: true, type, names: [name], problem, fix: holder.fix }];
}

interface Lowering {
  path: RegExp;
  when(before: unknown, after: unknown): boolean;
  problem: string;
  fix: string;
}

const less = (before: unknown, after: unknown): boolean => Number(after) < Number(before);
const off = (before: unknown, after: unknown): boolean => before === true && after !== true;

/** What is not a loss by itself. */
const lowerings: readonly Lowering[] = [
  {
    path: /^(deletionProtection|enableDeletionProtection)$/,
    when: off,
    problem: "may be deleted by one command from then on",
    fix: "Leave deletionProtection on until it is to go.",
  },
  {
    path: /^skipFinalSnapshot$/,
    when: (_, after) => after === true,
    problem: "leaves no snapshot behind when it is deleted",
    fix: "Leave finalSnapshot on.",
  },
  {
    path: /^(backupRetentionPeriod|snapshotRetentionLimit|minRetentionDays|rules\[\d+\]\.lifecycle\.deleteAfter)$/,
    when: less,
    problem: "backups older than that are deleted, at once",
    fix: "Copy those that are still needed elsewhere first: docs/runbooks/restore.md",
  },
  {
    path: /^allocatedStorage$/,
    when: less,
    problem: "RDS shrinks no disk: it stays as large, and costs as much, as before",
    fix: "Put it back; a smaller disk is another instance: restore a backup into it.",
  },
  {
    path: /^(multiAz|multiAzEnabled|automaticFailoverEnabled)$/,
    when: off,
    problem: "the loss of its zone is an outage from then on",
    fix: "Leave it on where an outage counts.",
  },
];

function lessSafe({ type, name }: Planned, { path, before, after }: PropertyChange): Danger[] {
  return lowerings
    .filter((lowering) => lowering.path.test(path) && lowering.when(before, after))
    .map(({ problem, fix }) => ({
      loses: false,
      type,
      names: [name],
      problem: `${path} ${String(before)} → ${String(after)}: ${problem}`,
      fix,
    }));
}

export const losesData = (dangers: readonly Danger[]): boolean => dangers.some(({ loses }) => loses);

/** `2 changes lose data or what holds it, 1 makes a later loss likelier`. */
export function dangerSummary(dangers: readonly Danger[]): string {
  const counted = (loses: boolean) =>
    dangers.filter((danger) => danger.loses === loses).reduce((sum, { names }) => sum + names.length, 0);
  const [losses, rest] = [counted(true), counted(false)];
  const sentences = [
    ...(losses > 0
      ? [`${losses} ${losses === 1 ? "change loses" : "changes lose"} data or what holds it`]
      : []),
    ...(rest > 0 ? [`${rest} ${rest === 1 ? "makes" : "make"} a later loss likelier`] : []),
  ];
  return sentences.join(", ");
}
