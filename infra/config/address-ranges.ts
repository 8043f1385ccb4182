import { liesIn } from "../lib/cidr.ts";

/** Ranges that anybody can use: https://www.rfc-editor.org/rfc/rfc1918, https://www.rfc-editor.org/rfc/rfc6598 */
const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/** Ranges that no packet on the internet comes from: https://www.iana.org/assignments/iana-ipv4-special-registry */
const specialRanges = {
  "0.0.0.0/8": "this host",
  "127.0.0.0/8": "loopback",
  "169.254.0.0/16": "link-local",
  "224.0.0.0/4": "multicast",
  "240.0.0.0/4": "reserved",
};

/** Docker's own network on every machine that has Docker, unless its settings say otherwise. */
export const dockerRange = "172.17.0.0/16";

const isPrivate = (range: string): boolean => privateRanges.some((known) => liesIn(range, known));

/** What the addresses of a range are, if not those of hosts on the internet: `multicast`, `private`. */
export const kindOf = (range: string): string | undefined =>
  isPrivate(range) ? "private" : Object.entries(specialRanges).find(([known]) => liesIn(range, known))?.[1];

/** Whether the range is this machine's own: the sandbox's VPC is, no VPC of AWS can be. */
const isLoopback = (range: string): boolean => kindOf(range) === "loopback";

/** What a VPC's range must be and is not; undefined if nothing is wrong in the sandbox, where it can be a loopback range. */
export function wrongVpcRange(range: string): string | undefined {
  return isLoopback(range) ? undefined : wrongRangeInAws(range);
}

/** The same where the VPC is one of AWS. */
export function wrongRangeInAws(range: string): string | undefined {
  if (isPrivate(range)) return undefined;
  const why = kindOf(range) ?? "other people's on the internet, whom nothing in the VPC could reach";
  return `must be private: in ${privateRanges.slice(0, -1).join(", ")} or ${privateRanges.at(-1)}; these addresses are ${why}`;
}
