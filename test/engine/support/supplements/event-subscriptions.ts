import { accountId, region } from "../account.ts";
import { type Call, xml } from "../calls.ts";
import type { Supplement } from "../proxy.ts";
import { escapeXml } from "../xml.ts";

interface Subscription {
  name: string;
  topic: string;
  sourceType: string;
  enabled: string;
  sources: string[];
  categories: string[];
  tags: Map<string, string>;
}

/** RDS events to a topic, with their tags: the emulator does not know them. */
export function eventSubscriptions(): Supplement {
  const byName = new Map<string, Subscription>();
  return {
    calls: /^rds ((Create|Modify|Delete|Describe)EventSubscriptions?|\w+Tags\w+Resource)$/,
    answer: async (call, { emulator }) => {
      if (call.action.includes("Tags")) {
        const [, tagged = ""] = /:es:(.+)$/.exec(call.form.get("ResourceName") ?? "") ?? [];
        const subscription = byName.get(tagged);
        return subscription === undefined ? emulator(call) : answerTags(subscription, call);
      }
      const name = call.form.get("SubscriptionName");
      const known = byName.get(name ?? "");
      if (call.action.startsWith("Describe")) {
        const found = name === null ? [...byName.values()] : known ? [known] : [];
        if (name !== null && found.length === 0) return notFound(name);
        const list = found.map((one) => `<EventSubscription>${described(one)}</EventSubscription>`).join("");
        return result(call, `<EventSubscriptionsList>${list}</EventSubscriptionsList>`);
      }
      if (call.action.startsWith("Delete")) {
        if (known === undefined) return notFound(name ?? "");
        byName.delete(known.name);
        return result(call, `<EventSubscription>${described(known)}</EventSubscription>`);
      }
      const told = subscriptionIn(call, name ?? "", known);
      byName.set(told.name, told);
      return result(call, `<EventSubscription>${described(told)}</EventSubscription>`);
    },
  };
}

function subscriptionIn({ form }: Call, name: string, before: Subscription | undefined): Subscription {
  const list = (prefix: string) =>
    [...form].filter(([key]) => key.startsWith(`${prefix}.`)).map(([, value]) => value);
  const categories = list("EventCategories");
  return {
    name,
    topic: form.get("SnsTopicArn") ?? before?.topic ?? "",
    sourceType: form.get("SourceType") ?? before?.sourceType ?? "",
    enabled: form.get("Enabled") ?? before?.enabled ?? "true",
    sources: before?.sources ?? list("SourceIds"),
    categories: categories.length > 0 ? categories : (before?.categories ?? []),
    tags: before?.tags ?? tagsIn(form),
  };
}

/** `Tags.Tag.1.Key=a&Tags.Tag.1.Value=b` → a: b. */
const tagsIn = (form: URLSearchParams): Map<string, string> =>
  new Map(
    [...form]
      .filter(([key]) => /^Tags\.\w+\.\d+\.Key$/.test(key))
      .map(([key, name]) => [name, form.get(key.replace(/Key$/, "Value")) ?? ""]),
  );

function answerTags({ tags }: Subscription, call: Call) {
  for (const [name, value] of tagsIn(call.form)) tags.set(name, value);
  for (const [key, name] of call.form) if (key.startsWith("TagKeys.")) tags.delete(name);
  const list = [...tags].map(
    ([key, value]) => `<Tag><Key>${escapeXml(key)}</Key><Value>${escapeXml(value)}</Value></Tag>`,
  );
  return result(call, call.action.startsWith("List") ? `<TagList>${list.join("")}</TagList>` : "");
}

const described = ({ name, topic, sourceType, enabled, sources, categories }: Subscription): string =>
  [
    `<CustSubscriptionId>${escapeXml(name)}</CustSubscriptionId><CustomerAwsId>${accountId}</CustomerAwsId>`,
    `<SnsTopicArn>${escapeXml(topic)}</SnsTopicArn><Status>active</Status><SourceType>${sourceType}</SourceType>`,
    `<Enabled>${enabled}</Enabled><EventSubscriptionArn>arn:aws:rds:${region}:${accountId}:es:${name}</EventSubscriptionArn>`,
    `<SourceIdsList>${sources.map((id) => `<SourceId>${escapeXml(id)}</SourceId>`).join("")}</SourceIdsList>`,
    `<EventCategoriesList>${categories.map((one) => `<EventCategory>${escapeXml(one)}</EventCategory>`).join("")}</EventCategoriesList>`,
  ].join("");

const result = ({ action }: Call, inner: string) =>
  xml(
    `<${action}Response xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><${action}Result>${inner}</${action}Result></${action}Response>`,
  );

const notFound = (name: string) =>
  xml(
    `<ErrorResponse><Error><Type>Sender</Type><Code>SubscriptionNotFound</Code><Message>There is no subscription ${escapeXml(name)}.</Message></Error></ErrorResponse>`,
    404,
  );
