import { formatAddress, parseCidr, rangesOverlap } from "../lib/cidr.ts";

/** Ranges that EKS itself chooses from for the addresses of Services. */
const candidates = ["172.20.0.0/16", "10.100.0.0/16"] as const;

/**
 * The range for the cluster's Services: the first of EKS's own two that the VPC's range does not touch. Chosen here and
 * not by EKS, so that the address of the cluster's DNS is known before the cluster exists.
 */
export function serviceRangeFor(vpcCidr: string): string {
  const free = candidates.find((candidate) => !rangesOverlap(candidate, vpcCidr));
  if (free === undefined)
    throw new RangeError(
      `no range for Kubernetes Services beside the VPC's ${vpcCidr}: choose another network.cidr`,
    );
  return free;
}

/** The address of the cluster's DNS: EKS always takes the tenth of the Services' range. */
export function dnsAddressOf(serviceRange: string): string {
  return formatAddress(parseCidr(serviceRange).address + 10);
}
