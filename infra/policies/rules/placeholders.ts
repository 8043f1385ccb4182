import { setCommand } from "../../config/errors.ts";
import { isMadeUp, placeholders } from "../../config/placeholders.ts";
import { containersOf, podTypes } from "../pods.ts";
import { type Resource, valueAt } from "../resource.ts";
import type { Rule } from "../types.ts";

interface Placeholder {
  id: string;
  title: string;
  setting: keyof typeof placeholders;
  /** As the command names it, where the plan does not tell which of several it is. */
  path?: string;
  types: readonly string[];
  values: (resource: Resource) => readonly string[];
}

const variable = (name: string) => (workload: Resource) =>
  containersOf(workload)
    .flatMap(({ env }) => (Array.isArray(env) ? env : []))
    .flatMap((given) => (given?.name === name ? String(given.value).split(",") : []));

/** Where the settings that need real values appear in the plan. */
const settings: readonly Placeholder[] = [
  {
    id: "own-addresses",
    title: "The Kubernetes API is open to your own addresses, not to the documentation's",
    setting: "cluster.publicAccessCidrs",
    path: "cluster.publicAccessCidrs[<index>]",
    types: ["aws:eks/cluster:Cluster"],
    values: (cluster) => cluster.texts("vpcConfig.publicAccessCidrs"),
  },
  {
    id: "own-roles",
    title: "The cluster admits roles of a real account",
    setting: "cluster.adminRoleArns",
    path: "cluster.<adminRoleArns[index] or deployRoleArn>",
    types: ["aws:eks/accessEntry:AccessEntry"],
    values: (entry) => entry.texts("principalArn"),
  },
  {
    id: "own-domain",
    title: "The certificate is for a registrable domain",
    setting: "edge.domain",
    types: ["aws:acm/certificate:Certificate"],
    values: (certificate) => certificate.texts("domainName"),
  },
  {
    id: "own-zone",
    title: "DNS records are in your own zone",
    setting: "edge.hostedZoneId",
    types: ["aws:route53/record:Record"],
    values: (record) => record.texts("zoneId"),
  },
  {
    id: "own-subscribers",
    title: "Alarms reach addresses of real recipients",
    setting: "alarms.page",
    path: "alarms.<page, notify or security>[<index>]",
    types: ["aws:sns/topicSubscription:TopicSubscription"],
    values: (subscription) => subscription.texts("endpoint"),
  },
  {
    id: "own-origins",
    title: "Browsers are admitted from your own origins",
    setting: "workload.corsOrigins",
    path: "workload.corsOrigins[<index>]",
    types: podTypes,
    values: variable("CORS_ORIGIN"),
  },
  {
    id: "own-image",
    title: "Pods run an image that was pushed",
    setting: "workload.imageDigest",
    types: podTypes,
    values: (workload) => containersOf(workload).map((container) => String(valueAt(container, "image"))),
  },
];

/**
 * No placeholder of this repository's files reaches a real account. In an account of AWS's documentation, which the offline
 * preview uses, the rule finds nothing.
 */
export const placeholderRules: readonly Rule[] = settings.map(
  ({ id, title, setting, path = setting, types, values }) => ({
    id,
    title,
    severity: "high",
    controls: [],
    types,
    across: true,
    fix: setCommand("<environment>", path, `<${placeholders[setting].what}>`),
    check: (resource, graph) => {
      const found = values(resource).find((value) => placeholders[setting].pattern.test(value));
      if (found === undefined || isMadeUp(graph.accountId)) return undefined;
      return `has ${found}, which stands for a value of your own`;
    },
  }),
);
