import { addressesIn, isOpen } from "../../lib/cidr.ts";
import { kindOf } from "../address-ranges.ts";
import type { Rule, Settings } from "../rule.ts";
import { anotherZone, wrongZone } from "../zones.ts";

/** How many zones there will be: production gets a third. */
const zoneCount = ({ tier, network }: Pick<Settings, "tier" | "network">): number =>
  tier === "production" ? Math.max(network.zones.length, 3) : network.zones.length;

const zones: Rule = ({ tier, network, region }) => {
  const right = [...network.zones];
  const wrong = network.zones.flatMap((zone, index) => {
    const problem = wrongZone(zone, right.slice(0, index), region);
    if (problem === undefined) return [];
    const value = anotherZone(right, region);
    right[index] = value;
    return [{ path: `network.zones[${index}]`, problem, value }];
  });
  return [
    ...wrong,
    right.length < zoneCount({ tier, network }) && {
      path: `network.zones[${right.length}]`,
      problem: "missing: production needs 3 zones, so that losing one leaves two",
      value: anotherZone(right, region),
    },
  ];
};

const perZone: Rule = ({ tier, network }) => {
  const { natGateways, endpointZones } = network;
  const count = zoneCount({ tier, network });
  return [
    tier === "production" &&
      natGateways < count && {
        path: "network.natGateways",
        problem: `${natGateways}: production needs one for each zone, or one zone's loss cuts off the others`,
        value: count,
      },
    tier !== "production" &&
      natGateways !== 1 &&
      natGateways !== count && {
        path: "network.natGateways",
        problem: `${natGateways} for ${count} zones: 1, or one for each zone`,
        value: count,
      },
    endpointZones > count && {
      path: "network.endpointZones",
      problem: `${endpointZones}, more than the ${count} zones of the network`,
      value: count,
    },
  ];
};

const endpoints: Rule = ({ network: { interfaceEndpoints } }) => [
  ...["secretsmanager", "elasticache"]
    .filter((service) => !interfaceEndpoints.includes(service))
    .map((service, index) => ({
      path: `network.interfaceEndpoints[${interfaceEndpoints.length + index}]`,
      problem: `missing "${service}": the bootstrap and rotation Lambdas have no internet route and could not reach it`,
      value: service,
    })),
  // From the end, so that a removal does not move those named after it.
  ...interfaceEndpoints
    .map((service, index) => {
      const path = `network.interfaceEndpoints[${index}]`;
      if (service === "s3")
        return { path, problem: '"s3", which has a gateway endpoint already, for nothing' };
      return interfaceEndpoints.indexOf(service) < index && { path, problem: `"${service}" once more` };
    })
    .reverse(),
];

/** What stands for a range of one's own. */
const ownRange = "203.0.113.0/24";

/** The ranges in whose place narrower ones must come, widest first, until the list is a restriction. */
function tooWide(ranges: readonly string[]): Set<string> {
  const wide = new Set<string>();
  for (const widest of [...ranges].sort((a, b) => Number(a.split("/")[1]) - Number(b.split("/")[1]))) {
    if (!isOpen(ranges.map((range) => (wide.has(range) ? ownRange : range)))) break;
    wide.add(widest);
  }
  return wide;
}

const publicAccess: Rule = ({ tier, cluster: { publicAccessCidrs } }) => {
  const wide = tier === "production" ? tooWide(publicAccessCidrs) : new Set<string>();
  const addresses = addressesIn(publicAccessCidrs).toLocaleString("en-US");
  return publicAccessCidrs.map((range, index) => {
    const kind = kindOf(range);
    const problem =
      kind === undefined
        ? `${range}: the list holds ${addresses} addresses, and in production the Kubernetes API is not open to the internet; name your own addresses, or remove the key`
        : `${range}, whose addresses are ${kind}: nobody comes from there over the internet`;
    const path = `cluster.publicAccessCidrs[${index}]`;
    return (kind !== undefined || wide.has(range)) && { path, problem, value: ownRange };
  });
};

export const networkRules = [zones, perZone, endpoints, publicAccess];
