import { type Answer, type Call, succeeded, textOf, withBody, xml } from "../calls.ts";
import type { Supplement, Upstreams } from "../proxy.ts";
import { elementsIn, replaceElements, textIn, withElement } from "../xml.ts";

/** Which network ACL a subnet has, where it is not its VPC's default. */
interface Association {
  id: string;
  aclId: string;
}

/**
 * Network ACLs of subnets. The emulator forgets which subnet an association is of and does not filter by subnet: without
 * this, no ACL with subnets can be made.
 */
export function networkAcls(): Supplement {
  const bySubnet = new Map<string, Association>();
  let made = 0;

  const replace = (call: Call): Answer => {
    const id = call.form.get("AssociationId") ?? "";
    const subnet =
      [...bySubnet].find(([, association]) => association.id === id)?.[0] ?? id.replace(defaultPrefix, "");
    made += 1;
    const association = { id: `aclassoc-${made}`, aclId: call.form.get("NetworkAclId") ?? "" };
    bySubnet.set(subnet, association);
    return xml(
      `<ReplaceNetworkAclAssociationResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><newAssociationId>${association.id}</newAssociationId></ReplaceNetworkAclAssociationResponse>`,
    );
  };

  /** The subnets of an ACL: those put there; those of the VPC that were put nowhere else have the default one. */
  const associationsOf = async (acl: string, call: Call, upstreams: Upstreams) => {
    const aclId = textIn(acl, "networkAclId") ?? "";
    const own = [...bySubnet].filter(([, association]) => association.aclId === aclId);
    if (textIn(acl, "default") !== "true") return own.map(([subnet, { id }]) => ({ subnet, id, aclId }));
    const subnets = await subnetsOf(textIn(acl, "vpcId") ?? "", call, upstreams);
    return subnets
      .filter((subnet) => (bySubnet.get(subnet)?.aclId ?? aclId) === aclId)
      .map((subnet) => ({ subnet, id: bySubnet.get(subnet)?.id ?? defaultPrefix + subnet, aclId }));
  };

  const describe = async (call: Call, upstreams: Upstreams): Promise<Answer> => {
    const answer = await upstreams.emulator(call);
    if (!succeeded(answer)) return answer;
    const wanted = filter(call.form, "association.subnet-id");
    const [set = ""] = elementsIn(textOf(answer), "networkAclSet");
    const items: string[] = [];
    for (const acl of elementsIn(set, "item")) {
      const associations = await associationsOf(acl, call, upstreams);
      if (wanted && !associations.some(({ subnet }) => wanted.includes(subnet))) continue;
      const described = associations.map(
        ({ subnet, id, aclId }) =>
          `<item><networkAclAssociationId>${id}</networkAclAssociationId><networkAclId>${aclId}</networkAclId><subnetId>${subnet}</subnetId></item>`,
      );
      items.push(`<item>${withElement(acl, "associationSet", described.join(""))}</item>`);
    }
    return withBody(
      answer,
      replaceElements(textOf(answer), "networkAclSet", () => items.join("")),
    );
  };

  return {
    calls: /^ec2 (DescribeNetworkAcls|ReplaceNetworkAclAssociation)$/,
    answer: async (call, upstreams) =>
      call.action === "DescribeNetworkAcls" ? describe(call, upstreams) : replace(call),
  };
}

const defaultPrefix = "aclassoc-default-";

/** Values of a filter of a Describe call. */
function filter(form: URLSearchParams, name: string): string[] | undefined {
  const [key] = [...form].find(([at, value]) => /^Filter\.\d+\.Name$/.test(at) && value === name) ?? [];
  const prefix = key?.replace(/Name$/, "Value.");
  return prefix === undefined
    ? undefined
    : [...form].filter(([at]) => at.startsWith(prefix)).map(([, value]) => value);
}

async function subnetsOf(vpcId: string, call: Call, { emulator }: Upstreams): Promise<string[]> {
  const form = new URLSearchParams({
    Action: "DescribeSubnets",
    Version: "2016-11-15",
    "Filter.1.Name": "vpc-id",
    "Filter.1.Value.1": vpcId,
  });
  const answer = await emulator({ ...call, body: Buffer.from(form.toString()) });
  return elementsIn(textOf(answer), "subnetId");
}
