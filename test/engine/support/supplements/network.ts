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

/** Flow logs: the emulator does not tell the role that delivers them, nor how often. */
export function flowLogs(): Supplement {
  const told = new Map<string, URLSearchParams>();
  const names = ["DeliverLogsPermissionArn", "MaxAggregationInterval"];
  return {
    calls: /^ec2 (Create|Describe)FlowLogs$/,
    answer: async (call, { emulator }) => {
      const answer = await emulator(call);
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
