import type { Context } from "./context.ts";
import { adviceOn } from "./leftovers/advice.ts";
import { type Fate, fateOf, kindOf } from "./leftovers/fate.ts";
import { snapshotsOf } from "./leftovers/snapshots.ts";
import { taggedResources } from "./leftovers/tagged.ts";
import { untilNone } from "./wait.ts";

/** What is left of an environment, by ARN. */
export interface Verdict {
  /** Kept because the configuration or the command line says so. */
  kept: string[];
  /** Ends by itself: the ARN and how. */
  ending: Map<string, string>;
  /** Should not be there: the ARN, and whether its own service confirmed it. */
  left: { arn: string; fate: "there" | "listed" }[];
}

/**
 * Asks AWS for everything that carries the environment's tag. The list forgets slowly what is deleted, so what it still names
 * is asked for at its own service, and otherwise looked for again until the time is up.
 */
export async function verify(context: Context): Promise<Verdict> {
  const { environment, to } = context;
  const verdict: Verdict = { kept: [], ending: new Map(), left: [] };
  const regions = new Set([environment.region, ...context.names.vaults.map(({ region }) => region)]);
  for (const region of regions) {
    const clients = context.clientsIn(region);
    const left = await untilNone(
      async () => {
        const arns = await taggedResources(clients.tags, environment.name);
        const fates = await Promise.all(arns.map(async (arn) => ({ arn, fate: await fateOf(clients, arn) })));
        return unexplained(context, verdict, fates);
      },
      { pollMs: to.patience.pollMs, longestMs: to.patience.listingMs },
      to.stopped,
      (found) =>
        context.console.note(
          `AWS still lists ${found.length} in ${region}; it forgets slowly: looking again.`,
        ),
    );
    verdict.left.push(...left);
  }
  await judgeSnapshots(context, verdict);
  return verdict;
}

/** What is not gone, not ending and not meant to stay. */
function unexplained(
  context: Context,
  verdict: Verdict,
  fates: readonly { arn: string; fate: Fate }[],
): Verdict["left"] {
  const left: Verdict["left"] = [];
  for (const { arn, fate } of fates) {
    if (fate.is === "gone") continue;
    if (fate.is === "ending") verdict.ending.set(arn, fate.how);
    else if (isKept(context, arn)) note(verdict, arn);
    else left.push({ arn, fate: fate.is });
  }
  return left;
}

/** The final snapshot of a database stays, with what its restore needs. */
function isKept({ environment, keepSnapshots }: Context, arn: string): boolean {
  const kind = kindOf(arn);
  if (kind === "rds:snapshot" || kind === "elasticache:snapshot") return keepSnapshots;
  return environment.database.finalSnapshot && (kind === "kms:key" || kind === "rds:og");
}

/** Manual snapshots can lack the tag. AWS shows one for a while after its deletion. */
async function judgeSnapshots(context: Context, verdict: Verdict): Promise<void> {
  const { clients, names, keepSnapshots, to } = context;
  if (keepSnapshots) {
    for (const { arn } of await snapshotsOf(clients, names)) note(verdict, arn);
    return;
  }
  const known = (arn: string) => verdict.left.some((left) => left.arn === arn);
  const left = await untilNone(
    () => snapshotsOf(clients, names),
    { pollMs: to.patience.pollMs, longestMs: to.patience.listingMs },
    to.stopped,
  );
  for (const { arn } of left) if (!known(arn)) verdict.left.push({ arn, fate: "there" });
}

const note = ({ kept }: Verdict, arn: string): void => void (kept.includes(arn) || kept.push(arn));

/** The verdict as a person reads it. */
export function describeVerdict(name: string, { kept, ending, left }: Verdict): string {
  const lines: string[] = [];
  if (kept.length > 0) {
    lines.push("Kept, as the configuration or --keep-snapshots says:");
    lines.push(...kept.map((arn) => `  ${arn}   ${adviceOn(arn).costs}`));
  }
  if (ending.size > 0) {
    lines.push("Ends by itself, nothing to do:");
    lines.push(...[...ending].map(([arn, how]) => `  ${arn}   ${how}`));
  }
  if (left.length === 0) return [...lines, `"${name}" is gone: nothing with its tag is left.`].join("\n");
  lines.push(`LEFT of "${name}":`);
  for (const { arn, fate } of left) {
    const { costs, fix } = adviceOn(arn);
    const why =
      fate === "there" ? "its service says it is there" : "AWS still lists it; it may be gone already";
    lines.push(`  ${arn}`, `    ${why}. Costs: ${costs}.`, `    ${fix}`);
  }
  return lines.join("\n");
}
