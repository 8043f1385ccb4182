import type { Environment } from "./config.ts";
import type { Finding } from "./config-check.ts";
import { environmentSchema } from "./config-schema.ts";
import { configPath, faultsOf, type Path, type Scalar } from "./config-suggestions.ts";

/**
 * What is wrong with a configuration beyond its single values, told although some of those are wrong too: the checks see it as it
 * would be with each of them mended. Findings about a mended place speak of a value that nobody has typed; they are kept apart.
 */
export function findingsBeyond(input: unknown, check: (environment: Environment) => Finding[]) {
  const copy = structuredClone(input);
  const places = mend(copy);
  const isMended = ({ path }: Finding) => places.some((place) => isWithin(path, place));
  const first = findings(copy, check);
  // What the checks want at a mended place is the better mend: with it, the rest is judged.
  const better = first.filter(isMended);
  for (const { path, to } of better) put(copy, stepsOf(path), to);
  return { better, others: findings(copy, check).filter((finding) => !isMended(finding)) };
}

const findings = (input: unknown, check: (environment: Environment) => Finding[]): Finding[] => {
  const { data } = environmentSchema.safeParse(input);
  return data === undefined ? [] : check(data);
};

/** Mends every wrong value; returns where. A mend can uncover another fault (a section without its keys), so it takes rounds. */
function mend(target: unknown): string[] {
  const places: string[] = [];
  for (let round = 0; round < 20; round += 1) {
    const { error } = environmentSchema.safeParse(target);
    if (error === undefined) break;
    for (const { path, place, to } of faultsOf(error, target)) {
      places.push(configPath(path));
      put(target, place, to);
    }
  }
  return places;
}

const isWithin = (path: string, place: string): boolean =>
  path === place || path.startsWith(`${place}.`) || path.startsWith(`${place}[`);

/** `cluster.publicAccessCidrs[0]` → its steps. */
const stepsOf = (path: string): Path =>
  path
    .split(/[.[\]]+/)
    .filter((step) => step !== "")
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));

/** Sets, or takes out, the value at a path, making the sections and lists that lead there. */
function put(target: unknown, [step, ...rest]: Path, to: Scalar | undefined): void {
  if (typeof target !== "object" || target === null || step === undefined) return;
  if (rest.length > 0) {
    const inner = Reflect.get(target, step);
    const leads = typeof inner === "object" && inner !== null;
    if (!leads && to !== undefined) Reflect.set(target, step, typeof rest[0] === "number" ? [] : {});
    put(Reflect.get(target, step), rest, to);
  } else if (to !== undefined) Reflect.set(target, step, to);
  else Reflect.deleteProperty(target, step);
}
