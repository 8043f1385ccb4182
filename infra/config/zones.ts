/** Zones that cannot hold an EKS control plane: https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html */
const zonesWithoutEks = ["use1-az3", "usw1-az2", "cac1-az3"];

/** More than any region has. */
const mostZones = 8;

/**
 * What the ids of a region's zones begin with, `us-east-1` → `use1-az`:
 * https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html
 */
function prefixOf(region: string): string {
  const [area = "", ...words] = region.split("-");
  const initials = words.map((word) =>
    word.replace(/^(n|s)\w+(e|w)(ast|est)$/, "$1$2").replace(/^(\w)[a-z]{2,}$/, "$1"),
  );
  return `${area}${initials.join("")}-az`;
}

/** Why the network cannot add a zone to `others`, if it cannot. */
export function wrongZone(zone: string, others: readonly string[], region: string): string | undefined {
  if (!zone.startsWith(prefixOf(region))) return `"${zone}", which is no zone of ${region}`;
  if (zonesWithoutEks.includes(zone)) return `"${zone}", in which EKS makes no control plane`;
  return others.includes(zone) ? `"${zone}" once more: zones are there to fail one by one` : undefined;
}

/** A zone of the region that is not among `zones` and can be. */
export const anotherZone = (zones: readonly string[], region: string): string =>
  Array.from({ length: mostZones }, (_, index) => `${prefixOf(region)}${index + 1}`).find(
    (zone) => !zones.includes(zone) && !zonesWithoutEks.includes(zone),
  ) ?? `${prefixOf(region)}1`;
