import type { CallRequest, Place } from "./types.ts";

type Answerer = (inputs: Record<string, unknown>, place: Place) => Record<string, unknown>;
const textOf = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);

/** `v6.36.0-eksbuild.1`: made up in AWS's form, another one for each minor of Kubernetes, and a newer one than the default. */
const addonVersion = (addon: string, kubernetes: string, mostRecent: boolean): string => {
  const major = addon === "amazon-cloudwatch-observability" ? 6 : 0;
  return `v${major}.${kubernetes.split(".")[1]}.${mostRecent ? 1 : 0}-eksbuild.1`;
};

const answers: Record<string, Answerer> = {
  "aws:index/getCallerIdentity:getCallerIdentity": (_, place) => ({
    id: place.accountId,
    accountId: place.accountId,
    arn: `arn:${place.partition}:iam::${place.accountId}:role/deploy`,
    userId: "AROAEXAMPLEEXAMPLE000:preview",
  }),
  "aws:index/getPartition:getPartition": (_, place) => ({
    id: place.partition,
    partition: place.partition,
    dnsSuffix: place.partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com",
    reverseDnsPrefix: place.partition === "aws-cn" ? "cn.com.amazonaws" : "com.amazonaws",
  }),
  "aws:eks/getAddonVersion:getAddonVersion": (inputs, place) => ({
    id: inputs.addonName,
    region: place.region,
    version: addonVersion(
      String(inputs.addonName),
      String(inputs.kubernetesVersion),
      inputs.mostRecent === true,
    ),
  }),
  "aws:lb/getLoadBalancer:getLoadBalancer": (inputs, place) => {
    const name = textOf(inputs.name, "k8s-bulwark");
    const suffix = `app/${name}/50dc6c495c0c9188`;
    const arn = `arn:${place.partition}:elasticloadbalancing:${place.region}:${place.accountId}:loadbalancer/${suffix}`;
    return {
      id: arn,
      arn,
      arnSuffix: suffix,
      name,
      dnsName: `${name}-1234567890.${place.region}.elb.amazonaws.com`,
      zoneId: "Z215JYRZR1TBD5",
    };
  },
};

/**
 * Answers a data source as the provider would for a made-up account. What stands here is what the program asks; another
 * question is refused by name, so that no plan is built on an answer nobody wrote.
 */
export function answerCall({ token, inputs, place }: CallRequest): Record<string, unknown> {
  const answer = answers[token];
  if (answer === undefined) {
    throw new Error(
      `the offline preview has no answer for the data source ${token}; add one to scripts/plan/monitor/data-sources.ts`,
    );
  }
  return { ...inputs, ...answer(inputs, place) };
}
