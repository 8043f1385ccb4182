import { succeeded, textOf, withBody } from "../calls.ts";
import type { Supplement } from "../proxy.ts";
import { elementsIn, replaceElements, textIn, xmlOfForm } from "../xml.ts";

/** Alarms by the Query protocol: the emulator keeps all of an alarm, but describes less than half of it. */
export function alarms(): Supplement {
  const byName = new Map<string, string>();

  const described = (member: string): string => {
    const told = byName.get(textIn(member, "AlarmName") ?? "");
    if (told === undefined) return member;
    const kept = ["AlarmArn", "StateValue", "StateReason"].map(
      (name) => `<${name}>${textIn(member, name) ?? ""}</${name}>`,
    );
    const enabled = /<ActionsEnabled>/.test(told) ? "" : "<ActionsEnabled>true</ActionsEnabled>";
    return told + kept.join("") + enabled;
  };

  return {
    calls: /^monitoring (PutMetricAlarm|PutCompositeAlarm|DescribeAlarms)$/,
    answer: async (call, { emulator }) => {
      const answer = await emulator(call);
      const name = call.form.get("AlarmName");
      if (!succeeded(answer)) return answer;
      if (name !== null) {
        const told = new URLSearchParams([...call.form].filter(([key]) => !key.startsWith("Tags.")));
        byName.set(name, xmlOfForm(told));
      }
      const describedIn = (list: string) =>
        elementsIn(list, "member")
          .map((member) => `<member>${described(member)}</member>`)
          .join("");
      const text = ["MetricAlarms", "CompositeAlarms"].reduce(
        (told, kind) => replaceElements(told, kind, describedIn),
        textOf(answer),
      );
      return withBody(answer, text);
    },
  };
}
