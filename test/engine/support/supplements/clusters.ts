import * as z from "zod";
import { type Answer, type Call, jsonOf, succeeded, textOf, withBody } from "../calls.ts";
import type { Supplement, Upstreams } from "../proxy.ts";
import { textIn } from "../xml.ts";

const network = z.looseObject({ elasticLoadBalancing: z.unknown().optional() });
const asked = z.looseObject({
  name: z.string(),
  resourcesVpcConfig: z.looseObject({ subnetIds: z.array(z.string()) }),
  kubernetesNetworkConfig: network.optional(),
});
const cluster = z.looseObject({
  name: z.string(),
  resourcesVpcConfig: z.looseObject({}),
  kubernetesNetworkConfig: network.optional(),
});
const answered = z.object({ cluster });

/** What the emulator takes without a word and does not tell again: Auto Mode, and how a cluster is kept. */
const forgotten = [
  "computeConfig",
  "storageConfig",
  "upgradePolicy",
  "zonalShiftConfig",
  "deletionProtection",
] as const;

interface Told {
  content: Record<string, unknown>;
  elasticLoadBalancing: unknown;
  securityGroupId: string;
}

/**
 * EKS clusters: the security group of nodes and pods is one that exists, and what a cluster was made with is told again.
 * Changes by UpdateClusterConfig other than these members are the emulator's.
 */
export function clusters(): Supplement {
  const byName = new Map<string, Told>();

  const described = (answer: Answer): Answer => {
    const parsed = answered.safeParse(jsonOf(answer));
    const told = byName.get(parsed.data?.cluster.name ?? "");
    if (!parsed.success || told === undefined) return answer;
    const { elasticLoadBalancing, securityGroupId: clusterSecurityGroupId } = told;
    const full = {
      ...parsed.data.cluster,
      ...told.content,
      resourcesVpcConfig: { ...parsed.data.cluster.resourcesVpcConfig, clusterSecurityGroupId },
      kubernetesNetworkConfig: { ...parsed.data.cluster.kubernetesNetworkConfig, elasticLoadBalancing },
    };
    return withBody(answer, JSON.stringify({ cluster: full }));
  };

  const make = async (call: Call, upstreams: Upstreams): Promise<Answer> => {
    const answer = await upstreams.emulator(call);
    if (!succeeded(answer)) return answer;
    const wanted = asked.parse(jsonOf(call));
    const { name, resourcesVpcConfig, kubernetesNetworkConfig } = wanted;
    byName.set(name, {
      content: Object.fromEntries(forgotten.map((member) => [member, wanted[member]])),
      elasticLoadBalancing: kubernetesNetworkConfig?.elasticLoadBalancing,
      securityGroupId: await makeSecurityGroup(name, resourcesVpcConfig.subnetIds[0] ?? "", call, upstreams),
    });
    return described(answer);
  };

  return {
    calls: /^eks (POST \/clusters|(GET|DELETE) \/clusters\/[^/]+)$/,
    answer: async (call, upstreams) => {
      if (call.method === "POST") return make(call, upstreams);
      const answer = await upstreams.emulator(call);
      const [, name = ""] = /\/clusters\/(.+)$/.exec(call.action) ?? [];
      const groupId = byName.get(name)?.securityGroupId;
      if (call.method === "DELETE" && succeeded(answer) && groupId !== undefined) {
        byName.delete(name);
        await ec2({ Action: "DeleteSecurityGroup", GroupId: groupId }, call, upstreams);
      }
      return described(answer);
    },
  };
}

/** Auto Mode's nodes are admitted by entries of a type that the emulator does not know. */
export function accessEntries(): Supplement {
  const ofNodes = new Set<string>();
  const entry = z.looseObject({ principalArn: z.string(), type: z.string().optional() });
  return {
    calls: /^eks \w+ \/clusters\/[^/]+\/access-entries(\/arn:[^/]+\/[^/]+)?$/,
    answer: async (call, { emulator }) => {
      const wanted = call.method === "POST" && call.body.length > 0 ? entry.parse(jsonOf(call)) : undefined;
      const isNode = wanted?.type === "EC2";
      if (isNode) ofNodes.add(wanted.principalArn);
      const body = isNode ? Buffer.from(JSON.stringify({ ...wanted, type: "STANDARD" })) : call.body;
      const answer = await emulator({ ...call, body });
      const told = z.object({ accessEntry: entry }).safeParse(succeeded(answer) ? jsonOf(answer) : undefined);
      if (!told.success || !ofNodes.has(told.data.accessEntry.principalArn)) return answer;
      return withBody(answer, JSON.stringify({ accessEntry: { ...told.data.accessEntry, type: "EC2" } }));
    },
  };
}

async function makeSecurityGroup(
  name: string,
  subnetId: string,
  call: Call,
  upstreams: Upstreams,
): Promise<string> {
  const subnet = await ec2({ Action: "DescribeSubnets", "SubnetId.1": subnetId }, call, upstreams);
  const made = await ec2(
    {
      Action: "CreateSecurityGroup",
      GroupName: `eks-cluster-sg-${name}`,
      GroupDescription: "EKS created security group",
      VpcId: textIn(subnet, "vpcId") ?? "",
    },
    call,
    upstreams,
  );
  return textIn(made, "groupId") ?? "";
}

/** A question to EC2 in the name of the one who made the call. */
async function ec2(parameters: Record<string, string>, call: Call, { emulator }: Upstreams): Promise<string> {
  const { authorization = "" } = call.headers;
  const headers = {
    ...call.headers,
    authorization: authorization.replace("/eks/aws4_request", "/ec2/aws4_request"),
    "content-type": "application/x-www-form-urlencoded",
  };
  const body = Buffer.from(new URLSearchParams({ Version: "2016-11-15", ...parameters }).toString());
  return textOf(await emulator({ ...call, method: "POST", target: "/", headers, body }));
}
