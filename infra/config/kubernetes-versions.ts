interface Support {
  /** Last days of standard and extended support, YYYY-MM-DD; undefined: AWS had not published it at the last check. */
  standard: string | undefined;
  extended: string | undefined;
}

/**
 * Minors of Kubernetes that EKS offers, as of 2026-11-21:
 * https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html. `aws eks describe-cluster-versions` prints the same
 * table. Add a new minor when EKS has it, about every four months, and remove an old one when its extended support ends.
 */
export const kubernetesVersions: Readonly<Record<string, Support>> = {
  "1.32": { standard: "2026-03-23", extended: "2027-03-23" },
  "1.33": { standard: "2026-07-29", extended: "2027-07-29" },
  "1.34": { standard: "2026-12-02", extended: "2027-12-02" },
  "1.35": { standard: "2027-03-27", extended: "2028-03-27" },
  "1.36": { standard: undefined, extended: undefined },
  "1.37": { standard: undefined, extended: undefined },
};

/** What EKS supports fully, to replace an older version. */
const fullySupported = "1.34";

/** Why EKS refuses a version, and the nearest one that it supports; undefined if it accepts it. */
export function unknownVersion(version: string): { problem: string; value: string } | undefined {
  if (version in kubernetesVersions) return undefined;
  const minors = Object.keys(kubernetesVersions).map(minorOf);
  const [oldest, newest] = [Math.min(...minors), Math.max(...minors)];
  const isOlder = minorOf(version) < oldest;
  const why = isOlder
    ? "whose extended support has ended or ends within days"
    : "which is newer than infra/config/kubernetes-versions.ts knows (aws eks describe-cluster-versions tells what EKS has)";
  return {
    problem: `${version}, ${why}: 1.${oldest} to 1.${newest} are supported`,
    value: isOlder ? fullySupported : `1.${newest}`,
  };
}

const minorOf = (version: string): number => Number(version.split(".")[1]);
