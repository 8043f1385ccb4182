import { type Answer, type Call, succeeded, textOf, withBody } from "../calls.ts";
import type { Supplement } from "../proxy.ts";
import { escapeXml, replaceElements, textIn, withElement } from "../xml.ts";

interface Option {
  name: string;
  settings: [name: string, value: string][];
}

/** Options of RDS option groups: the emulator has groups, but nothing can be put into them. */
export function optionGroups(): Supplement {
  const byGroup = new Map<string, Option[]>();

  /** Every group in an answer with its options. */
  const described = (answer: Answer): Answer => {
    if (!succeeded(answer)) return answer;
    const text = replaceElements(textOf(answer), "OptionGroup", (group) => {
      const options = byGroup.get(textIn(group, "OptionGroupName") ?? "") ?? [];
      return withElement(group, "Options", options.map(optionXml).join(""));
    });
    return withBody(answer, text);
  };

  return {
    calls: /^rds (ModifyOptionGroup|DescribeOptionGroups|DeleteOptionGroup)$/,
    answer: async (call, { emulator }) => {
      const name = call.form.get("OptionGroupName") ?? "";
      if (call.action === "DescribeOptionGroups") return described(await emulator(call));
      if (call.action === "DeleteOptionGroup") {
        byGroup.delete(name);
        return emulator(call);
      }
      const removed = values(call, /^OptionsToRemove\.\w+\.\d+$/);
      const included = optionsIn(call);
      const changed = [...removed, ...included.map((option) => option.name)];
      const kept = (byGroup.get(name) ?? []).filter((option) => !changed.includes(option.name));
      byGroup.set(name, [...kept, ...included]);
      const form = new URLSearchParams({
        Action: "DescribeOptionGroups",
        Version: "2014-10-31",
        OptionGroupName: name,
      });
      const answer = described(await emulator({ ...call, body: Buffer.from(form.toString()) }));
      return withBody(
        answer,
        textOf(answer)
          .replaceAll("DescribeOptionGroups", "ModifyOptionGroup")
          .replaceAll(/<\/?OptionGroupsList>/g, ""),
      );
    },
  };
}

const values = ({ form }: Call, key: RegExp): string[] =>
  [...form].filter(([name]) => key.test(name)).map(([, value]) => value);

function optionsIn({ form }: Call): Option[] {
  return [...form]
    .filter(([key]) => /^OptionsToInclude\.\w+\.\d+\.OptionName$/.test(key))
    .map(([key, name]) => {
      const prefix = `${key.replace(/OptionName$/, "OptionSettings")}.`;
      const names = [...form].filter(([at]) => at.startsWith(prefix) && at.endsWith(".Name"));
      const settings = names.map(([at, setting]): [string, string] => [
        setting,
        form.get(at.replace(/Name$/, "Value")) ?? "",
      ]);
      return { name, settings };
    });
}

const optionXml = ({ name, settings }: Option): string => {
  const inner = settings.map(
    ([setting, value]) =>
      `<OptionSetting><Name>${escapeXml(setting)}</Name><Value>${escapeXml(value)}</Value></OptionSetting>`,
  );
  return `<Option><OptionName>${escapeXml(name)}</OptionName><OptionSettings>${inner.join("")}</OptionSettings></Option>`;
};
