import { type Answer, succeeded, textOf, withBody } from "../calls.ts";
import type { Supplement } from "../proxy.ts";
import { elementsIn, escapeXml, replaceElements, textIn, withElement, withTold } from "../xml.ts";

const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

/** Changes each item of a list in an answer. */
const eachItem = (answer: Answer, list: string, change: (item: string) => string): Answer =>
  withBody(
    answer,
    replaceElements(textOf(answer), list, (items) =>
      elementsIn(items, "item")
        .map((item) => `<item>${change(item)}</item>`)
        .join(""),
    ),
  );

/**
 * Flow logs: the emulator does not tell the role that delivers them, nor how often, and knows their tags by another name of
 * the type. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TagSpecification.html
 */
export function flowLogs(): Supplement {
  const told = new Map<string, URLSearchParams>();
  const names = ["DeliverLogsPermissionArn", "MaxAggregationInterval"];
  return {
    calls: /^ec2 (Create|Describe)FlowLogs$/,
    answer: async (call, { emulator }) => {
      const body = Buffer.from(textOf(call).replaceAll("=vpc-flow-log", "=flow-log"));
      const answer = await emulator({ ...call, body });
      if (!succeeded(answer)) return answer;
      if (call.action === "DescribeFlowLogs")
        return eachItem(answer, "flowLogSet", (item) => {
          const form = told.get(textIn(item, "flowLogId") ?? "");
          return form === undefined ? item : withTold(item, form, names, lowerFirst);
        });
      const [ids = ""] = elementsIn(textOf(answer), "flowLogIdSet");
      for (const id of elementsIn(ids, "item")) told.set(id, call.form);
      return answer;
    },
  };
}

/** Interface endpoints: the emulator does not tell their policy, their security groups and whether they have names. */
export function vpcEndpoints(): Supplement {
  const told = new Map<string, URLSearchParams>();

  const described = (item: string): string => {
    const form = told.get(textIn(item, "vpcEndpointId") ?? "");
    if (form === undefined) return item;
    const groups = [...form].filter(([key]) => /^(Add)?SecurityGroupId\.\d+$/.test(key));
    const groupXml = groups.map(([, id]) => `<item><groupId>${escapeXml(id)}</groupId></item>`).join("");
    const full = withTold(item, form, ["PolicyDocument", "PrivateDnsEnabled"], lowerFirst);
    return groups.length === 0 ? full : withElement(full, "groupSet", groupXml);
  };

  return {
    calls: /^ec2 (Create|Describe|Modify)VpcEndpoints?$/,
    answer: async (call, { emulator }) => {
      const answer = await emulator(call);
      if (!succeeded(answer)) return answer;
      const id = call.form.get("VpcEndpointId") ?? textIn(textOf(answer), "vpcEndpointId") ?? "";
      if (call.action === "CreateVpcEndpoint") told.set(id, call.form);
      if (call.action === "ModifyVpcEndpoint")
        told.set(id, new URLSearchParams([...(told.get(id) ?? []), ...call.form]));
      return call.action === "CreateVpcEndpoint"
        ? withBody(answer, replaceElements(textOf(answer), "vpcEndpoint", described))
        : eachItem(answer, "vpcEndpointSet", described);
    },
  };
}

/**
 * The region's zones. The emulator numbers three by their letters; AWS has more, and which id a letter has differs from account
 * to account: https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html. Here `c` is use1-az3, where EKS puts
 * no control plane, so that three usable ones need the fourth, in which the emulator makes a subnet only by the zone's name.
 */
export const zones = (): Supplement => ({
  calls: /^ec2 (DescribeAvailabilityZones|CreateSubnet)$/,
  answer: async (call, { emulator }) => {
    if (call.action === "CreateSubnet") {
      const form = new URLSearchParams(call.form);
      if (form.get("AvailabilityZoneId") === "use1-az4") form.set("AvailabilityZone", "us-east-1d");
      return emulator({ ...call, body: Buffer.from(form.toString()) });
    }
    const answer = await emulator(call);
    const [third] = elementsIn(textOf(answer), "availabilityZoneInfo").flatMap((set) =>
      elementsIn(set, "item").filter((item) => /c$/.test(textIn(item, "zoneName") ?? "")),
    );
    if (third === undefined) return answer;
    const fourth = third.replace(/(<zoneName>[^<]+)c</, "$1d<").replace(/(<zoneId>[^<]+)3</, "$14<");
    return withBody(
      answer,
      replaceElements(textOf(answer), "availabilityZoneInfo", (set) => `${set}<item>${fourth}</item>`),
    );
  },
});
