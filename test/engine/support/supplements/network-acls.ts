import { type Answer, type Call, succeeded, textOf, withBody, xml } from "../calls.ts";
import type { Supplement, Upstreams } from "../proxy.ts";
import { elementsIn, replaceElements, textIn, withElement } from "../xml.ts";

/** Which network ACL a subnet has, where it is not its VPC's default. */
interface Association {
  id: string;
  aclId: string;
}

/** What an entry says of ports and ICMP, as it stands in call and answer. */
const portMembers = [
  ["PortRange", "portRange", ["From", "To"]],
  ["Icmp", "icmpTypeCode", ["Type", "Code"]],
] as const;

/**
 * Network ACLs of subnets. The emulator forgets which subnet an association is of and does not filter by subnet: without
 * this, no ACL with subnets can be made. Of entries it keeps neither ports nor ICMP types.
 */
export function networkAcls(): Supplement {
  const bySubnet = new Map<string, Association>();
  const byEntry = new Map<string, URLSearchParams>();
  let made = 0;

  const changeEntry = async (call: Call, { emulator }: Upstreams): Promise<Answer> => {
    const answer = await emulator(call);
    if (!succeeded(answer)) return answer;
    const { form } = call;
    const key = entryKey(form.get("NetworkAclId"), form.get("RuleNumber"), form.get("Egress"));
    if (call.action.startsWith("Delete")) byEntry.delete(key);
    else byEntry.set(key, form);
    return answer;
  };

  const withPorts = (acl: string): string =>
    replaceElements(acl, "entrySet", (set) =>
      elementsIn(set, "item")
        .map((entry) => {
          const rule = textIn(entry, "ruleNumber") ?? "";
          const form = byEntry.get(
            entryKey(textIn(acl, "networkAclId"), rule, textIn(entry, "egress") ?? ""),
          );
          return `<item>${entry}${form === undefined ? "" : portsIn(form)}</item>`;
        })
        .join(""),
    );

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
      items.push(`<item>${withPorts(withElement(acl, "associationSet", described.join("")))}</item>`);
    }
    return withBody(
      answer,
      replaceElements(textOf(answer), "networkAclSet", () => items.join("")),
    );
  };

  return {
    calls: /^ec2 (DescribeNetworkAcls|ReplaceNetworkAclAssociation|\w+NetworkAclEntry)$/,
    answer: async (call, upstreams) => {
      if (call.action.endsWith("Entry")) return changeEntry(call, upstreams);
      return call.action === "DescribeNetworkAcls" ? describe(call, upstreams) : replace(call);
    },
  };
}

const entryKey = (aclId: string | null | undefined, rule: string | null, egress: string | null): string =>
  `${aclId} ${rule} ${egress === "true"}`;

/** `PortRange.From=443` → `<portRange><from>443</from>…`; nothing of what the call did not say. */
const portsIn = (form: URLSearchParams): string =>
  portMembers
    .filter(([asked, , [first]]) => form.has(`${asked}.${first}`))
    .map(([asked, told, members]) => {
      const inner = members.map((member) => {
        const name = member.toLowerCase();
        return `<${name}>${form.get(`${asked}.${member}`) ?? ""}</${name}>`;
      });
      return `<${told}>${inner.join("")}</${told}>`;
    })
    .join("");

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
