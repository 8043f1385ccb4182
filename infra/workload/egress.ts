import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

type Rule = types.input.networking.v1.NetworkPolicyEgressRule;
type Port = types.input.networking.v1.NetworkPolicyPort;

/** Ranges that are nobody's on the internet: what may talk to the internet may still not talk to these. */
const privateRanges = ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"];
/** Where the EKS pod identity agent of the node answers. */
const podIdentityAgent = "169.254.170.23/32";

const tcp = (port: pulumi.Input<number>): Port => ({ protocol: "TCP", port });
const ranges = (cidrs: readonly string[]) => cidrs.map((cidr) => ({ ipBlock: { cidr } }));

/**
 * Names. Auto Mode runs DNS on each node, behind the address that the cluster's DNS always has and that no pod selector can
 * name; the selector is for clusters that run it in pods.
 */
export const toDns = (dnsAddress: string): Rule => ({
  to: [
    { ipBlock: { cidr: `${dnsAddress}/32` } },
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    },
  ],
  ports: [{ protocol: "UDP", port: 53 }, tcp(53)],
});

/** Credentials for AWS. */
export const toPodIdentity: Rule = { to: ranges([podIdentityAgent]), ports: [tcp(80)] };

/** A server in the isolated subnets: the database, the cache, AWS's interface endpoints (443). */
export const toIsolated = (isolatedCidrs: readonly string[], port: pulumi.Input<number>): Rule => ({
  to: ranges(isolatedCidrs),
  ports: [tcp(port)],
});

const internet = [{ ipBlock: { cidr: "0.0.0.0/0", except: privateRanges } }];

/** Hosts on the internet whose addresses change or are customers' own: HTTPS alone. */
export const toInternet: Rule = { to: internet, ports: [tcp(443)] };

/** A collector that the configuration names by URL: in a namespace of this cluster, or out on the internet. */
export function toUrl(text: string): Rule {
  const url = new URL(text);
  const port = tcp(url.port === "" ? (url.protocol === "http:" ? 80 : 443) : Number(url.port));
  const [, inCluster] = /^[^.]+\.([^.]+)\.svc(?:\.cluster\.local)?$/.exec(url.hostname) ?? [];
  if (inCluster !== undefined) {
    return {
      to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": inCluster } } }],
      ports: [port],
    };
  }
  return { to: internet, ports: [port] };
}
