import type { PlannedResource, ProgramRun } from "../monitor/index.ts";
import { flagAt, listAt, numberAt, textAt } from "./inputs.ts";

export type Tier = "public" | "private" | "isolated";

/** One availability zone of the VPC. */
interface Zone {
  name: string;
  /** Range of its subnet in each tier. */
  subnets: Partial<Record<Tier, string>>;
  nat: boolean;
}

/** What the picture shows, from the plan; undefined for what an environment does not have. */
export interface Architecture {
  region: string;
  vpcCidr?: string;
  zones: Zone[];
  endpoints: string[];
  edge: { domain?: string; certificate: boolean; public: boolean };
  webAcl?: { rules: number; rateLimit?: number };
  cluster?: { version?: string; publicEndpoint: boolean };
  /** `most` only where an autoscaler may add pods. */
  api?: { replicas: number; most?: number; port?: number; jobs: number };
  database?: {
    engine: string;
    class?: string;
    port?: number;
    multiAz: boolean;
    retentionDays?: number;
  };
  cache?: { engine: string; nodeType?: string; nodes: number; port?: number };
  functions: string[];
  secrets: { count: number; rotated: number };
  keys: number;
  logs: { groups: number; alarms: number; dashboards: number };
  topics: { name: string; told: string[] }[];
  backup?: { rules: string[]; locked: boolean; restoreTest: boolean; copies: string[] };
  registry?: string;
}

/** A resource, as far as the picture looks at it. */
type Resource = Pick<PlannedResource, "type" | "name" | "id" | "inputs">;

interface Drawn extends Pick<ProgramRun, "identity"> {
  resources: readonly Resource[];
}

/** Reads the architecture off a plan by what the resources are and how they are connected, not by their names. */
export function architectureOf({ resources, identity }: Drawn): Architecture {
  const all = (type: string) => resources.filter((resource) => resource.type === type);
  const one = (type: string) => all(type)[0];
  const vpc = one("aws:ec2/vpc:Vpc");
  const cluster = one("aws:eks/cluster:Cluster");
  return {
    region: identity.region,
    vpcCidr: textAt(vpc, "cidrBlock"),
    zones: zonesOf(all),
    endpoints: all("aws:ec2/vpcEndpoint:VpcEndpoint").map(serviceOf),
    edge: edgeOf(resources, all),
    webAcl: webAclOf(one("aws:wafv2/webAcl:WebAcl")),
    cluster: cluster && {
      version: textAt(cluster, "version"),
      publicEndpoint: flagAt(cluster, "vpcConfig.endpointPublicAccess"),
    },
    api: apiOf(all),
    database: databaseOf(all("aws:rds/instance:Instance")[0]),
    cache: cacheOf(one("aws:elasticache/replicationGroup:ReplicationGroup")),
    functions: all("aws:lambda/function:Function").map(({ name }) => name),
    secrets: {
      count: all("aws:secretsmanager/secret:Secret").length,
      rotated: all("aws:secretsmanager/secretRotation:SecretRotation").length,
    },
    keys: all("aws:kms/key:Key").length,
    logs: {
      groups: all("aws:cloudwatch/logGroup:LogGroup").length,
      alarms: all("aws:cloudwatch/metricAlarm:MetricAlarm").length,
      dashboards: all("aws:cloudwatch/dashboard:Dashboard").length,
    },
    topics: topicsOf(all),
    backup: backupOf(all),
    registry:
      textAt(one("aws:ecr/repository:Repository"), "name") ?? one("aws:ecr/repository:Repository")?.name,
  };
}

type All = (type: string) => Resource[];

/** A subnet's tier is what its routes make it: to the internet, outwards through NAT, or nowhere. */
function zonesOf(all: All): Zone[] {
  const routes = all("aws:ec2/route:Route");
  const tableOf = new Map(
    all("aws:ec2/routeTableAssociation:RouteTableAssociation").map((association) => [
      textAt(association, "subnetId"),
      textAt(association, "routeTableId"),
    ]),
  );
  const tierOf = (subnet: Resource): Tier => {
    const own = routes.filter((route) => textAt(route, "routeTableId") === tableOf.get(subnet.id));
    if (own.some((route) => textAt(route, "gatewayId") !== undefined)) return "public";
    return own.some((route) => textAt(route, "natGatewayId") !== undefined) ? "private" : "isolated";
  };
  const withNat = new Set(all("aws:ec2/natGateway:NatGateway").map((gateway) => textAt(gateway, "subnetId")));
  const zones = new Map<string, Zone>();
  for (const subnet of all("aws:ec2/subnet:Subnet")) {
    const name = textAt(subnet, "availabilityZoneId") ?? "zone";
    const zone = zones.get(name) ?? { name, subnets: {}, nat: false };
    zone.subnets[tierOf(subnet)] = textAt(subnet, "cidrBlock");
    zone.nat ||= withNat.has(subnet.id);
    zones.set(name, zone);
  }
  return [...zones.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** `com.amazonaws.us-east-1.ecr.api` → `ecr.api`; marks the gateway kind, which costs nothing and has no place in a subnet. */
function serviceOf(endpoint: Resource): string {
  const service =
    (textAt(endpoint, "serviceName") ?? endpoint.name).split(".").slice(3).join(".") || endpoint.name;
  return textAt(endpoint, "vpcEndpointType") === "Interface" ? service : `${service} (gateway)`;
}

function edgeOf(resources: readonly Resource[], all: All): Architecture["edge"] {
  const ingress = all("kubernetes:networking.k8s.io/v1:Ingress")[0];
  const [host] = listAt(ingress, "spec.rules[].host");
  const parameters = resources.find(({ type }) => type.endsWith(":IngressClassParams"));
  const certificate = all("aws:acm/certificate:Certificate")[0];
  return {
    domain: typeof host === "string" ? host : textAt(certificate, "domainName"),
    certificate: certificate !== undefined,
    public: textAt(parameters, "spec.scheme") === "internet-facing",
  };
}

function webAclOf(acl: Resource | undefined): Architecture["webAcl"] {
  if (acl === undefined) return undefined;
  const limits = listAt(acl, "rules[].statement.rateBasedStatement.limit").filter(
    (limit) => typeof limit === "number",
  );
  return { rules: listAt(acl, "rules").length, rateLimit: limits[0] };
}

function apiOf(all: All): Architecture["api"] {
  const deployment = all("kubernetes:apps/v1:Deployment")[0];
  if (deployment === undefined) return undefined;
  const scaler = all("kubernetes:autoscaling/v2:HorizontalPodAutoscaler")[0];
  const containers = listAt(deployment, "spec.template.spec.containers");
  const port = listAt({ inputs: { containers } }, "containers[].ports").flat()[0];
  // With an autoscaler the Deployment says nothing: the number is the autoscaler's to choose.
  const replicas = numberAt(scaler, "spec.minReplicas") ?? numberAt(deployment, "spec.replicas") ?? 1;
  const most = numberAt(scaler, "spec.maxReplicas");
  return {
    replicas,
    most: most === replicas ? undefined : most,
    port: numberAt({ inputs: { port } }, "port.containerPort"),
    jobs: all("kubernetes:batch/v1:Job").length,
  };
}

function databaseOf(instance: Resource | undefined): Architecture["database"] {
  if (instance === undefined) return undefined;
  return {
    engine: `MySQL ${textAt(instance, "engineVersion") ?? ""}`.trim(),
    class: textAt(instance, "instanceClass"),
    port: numberAt(instance, "port"),
    multiAz: flagAt(instance, "multiAz"),
    retentionDays: numberAt(instance, "backupRetentionPeriod"),
  };
}

function cacheOf(group: Resource | undefined): Architecture["cache"] {
  if (group === undefined) return undefined;
  const engine = textAt(group, "engine") === "valkey" ? "Valkey" : "Redis";
  return {
    engine: `${engine} ${textAt(group, "engineVersion") ?? ""}`.trim(),
    nodeType: textAt(group, "nodeType"),
    nodes: numberAt(group, "numCacheClusters") ?? 1,
    port: numberAt(group, "port"),
  };
}

function topicsOf(all: All): Architecture["topics"] {
  const subscriptions = all("aws:sns/topicSubscription:TopicSubscription");
  return all("aws:sns/topic:Topic").map((topic) => ({
    name: topic.name,
    told: subscriptions
      .filter((subscription) => textAt(subscription, "topic") === topic.id)
      .map((subscription) => textAt(subscription, "endpoint") ?? subscription.name),
  }));
}

function backupOf(all: All): Architecture["backup"] {
  const plans = all("aws:backup/plan:Plan");
  if (plans.length === 0) return undefined;
  const copies = plans.flatMap((plan) => listAt(plan, "rules[].copyActions").flat());
  const regions = copies.map(
    (copy) => textAt({ inputs: { copy } }, "copy.destinationVaultArn")?.split(":")[3],
  );
  return {
    rules: plans.flatMap((plan) => listAt(plan, "rules[].ruleName").map(String)),
    locked: all("aws:backup/vaultLockConfiguration:VaultLockConfiguration").length > 0,
    restoreTest: all("aws:backup/restoreTestingPlan:RestoreTestingPlan").length > 0,
    copies: [...new Set(regions.filter((region) => region !== undefined))],
  };
}
