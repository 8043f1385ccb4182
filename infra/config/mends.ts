import { getAtPath, setAtPath } from "./path.ts";

/** Something wrong at one place of a configuration. */
export interface Fault {
  /** Where it is: `bulwark:network.natGateways`. */
  at: string;
  /** What is wrong and why that matters, to be read after the place. */
  is: string;
  /** Where the mend goes: a key of a missing section, the next element of a list. */
  place: string;
  /** The value that mends it; undefined: take the key out. */
  to: string | number | boolean | undefined;
}

/** More steps than any configuration has places. */
const mostSteps = 200;

/**
 * Everything that is wrong with a configuration, with mends that fit together: a copy is mended fault by fault, the first one
 * first, until nothing is wrong with it. So a fault that another one's mend ends is not told, and of two mends of one place only
 * the last. Typed in their order the mends end in the configuration that the copy became.
 *
 * @param firstFault what to mend first in a configuration; undefined: it is right
 */
export function faultsWithMends(
  values: Readonly<Record<string, unknown>>,
  firstFault: (values: Record<string, unknown>) => Fault | undefined,
): Fault[] {
  const copy = structuredClone(values) as Record<string, unknown>;
  const told: Fault[] = [];
  for (let step = 0; step < mostSteps; step += 1) {
    const fault = firstFault(copy);
    if (fault === undefined) break;
    tell(told, fault);
    setAtPath(copy, fault.place, fault.to);
  }
  return told.filter(({ place, to }) => isElement(place) || getAtPath(values, place) !== to);
}

function tell(told: Fault[], fault: Fault): void {
  const earlier = told.findLastIndex(({ place }) => place === fault.place);
  const replaced = told[earlier];
  if (replaced !== undefined && isSame(fault, replaced, told.slice(earlier))) replaced.to = fault.to;
  // What a mended section lacks is told once the mend is typed: it is nothing that anybody wrote. A list is told whole.
  else if (!told.some(({ at, place }) => isBelow(fault.place, at) && listOf(place) !== listOf(fault.place)))
    told.push({ ...fault });
}

/** Whether two mends of one place are of the same thing: an element that was taken out of its list has moved those after it. */
const isSame = (later: Fault, earlier: Fault, since: readonly Fault[]): boolean =>
  !isElement(later.place) ||
  (later.to !== undefined &&
    since.every(({ place, to }) => to !== undefined || listOf(place) !== listOf(earlier.place)));

const isElement = (place: string): boolean => place.endsWith("]");
const listOf = (place: string): string => place.replace(/\[\d+\]$/, "");
const isBelow = (place: string, section: string): boolean =>
  place !== section && (place.startsWith(`${section}.`) || place.startsWith(`${section}[`));
