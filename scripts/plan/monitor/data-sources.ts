import type { CallRequest, StackIdentity } from "./types.ts";

type Answerer = (inputs: Record<string, unknown>, identity: StackIdentity) => Record<string, unknown>;
const textOf = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);

/** `v6.36.0-eksbuild.1`: made up in AWS's form, another one for each minor of Kubernetes, and a newer one than the default. */
const addonVersion = (addon: string, kubernetes: string, mostRecent: boolean): string => {
  const major = addon === "amazon-cloudwatch-observability" ? 6 : 0;
  return `v${major}.${kubernetes.split(".")[1]}.${mostRecent ? 1 : 0}-eksbuild.1`;
};

const answers: Record<string, Answerer> = {
  "aws:index/getCallerIdentity:getCallerIdentity": (_, identity) => ({
    id: identity.accountId,
    accountId: identity.accountId,
    arn: `arn:${identity.partition}:iam::${identity.accountId}:role/deploy`,
    userId: "AROAEXAMPLEEXAMPLE000:preview",
  }),
  "aws:index/getPartition:getPartition": (_, identity) => ({
    id: identity.partition,
    partition: identity.partition,
    dnsSuffix: identity.partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com",
    reverseDnsPrefix: identity.partition === "aws-cn" ? "cn.com.amazonaws" : "com.amazonaws",
  }),
  "aws:eks/getAddonVersion:getAddonVersion": (inputs, identity) => ({
    id: inputs.addonName,
    region: identity.region,
    version: addonVersion(
      String(inputs.addonName),
      String(inputs.kubernetesVersion),
      inputs.mostRecent === true,
    ),
  }),
  "aws:lb/getLoadBalancer:getLoadBalancer": (inputs, identity) => {
    const name = textOf(inputs.name, "k8s-bulwark");
    const suffix = `app/${name}/50dc6c495c0c9188`;
    const arn = `arn:${identity.partition}:elasticloadbalancing:${identity.region}:${identity.accountId}:loadbalancer/${suffix}`;
    return {
      id: arn,
      arn,
      arnSuffix: suffix,
      name,
      dnsName: `${name}-1234567890.${identity.region}.elb.amazonaws.com`,
      zoneId: "Z215JYRZR1TBD5",
    };
  },
};

/**
 * Answers a data source as the provider would for a made-up account. It knows what the program asks; another
 * question is an error that names it, so that no plan rests on a missing answer.
 */
export function answerCall({ token, inputs, identity }: CallRequest): Record<string, unknown> {
  const answer = answers[token];
  if (answer === undefined) {
    throw new Error(
      `the offline preview has no answer for the data source ${token}; add one to scripts/plan/monitor/data-sources.ts`,
    );
  }
  return { ...inputs, ...answer(inputs, identity) };
}
