import { formatAddress, parseCidr } from "../lib/cidr.ts";

/** Ranges that EKS itself chooses from for the addresses of Services. */
const candidates = ["172.20.0.0/16", "10.100.0.0/16"] as const;

/**
 * The range for the cluster's Services: the first of EKS's own two that the VPC's range does not touch. Chosen here and
 * not by EKS, so that the address of the cluster's DNS is known before the cluster exists.
 */
export function serviceRangeFor(vpcCidr: string): string {
  const free = candidates.find((candidate) => !overlap(candidate, vpcCidr));
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

function overlap(left: string, right: string): boolean {
  const [a, b] = [bounds(left), bounds(right)];
  return a.first <= b.last && b.first <= a.last;
}

function bounds(cidr: string): { first: number; last: number } {
  const { address, prefix } = parseCidr(cidr);
  return { first: address, last: address + 2 ** (32 - prefix) - 1 };
}
