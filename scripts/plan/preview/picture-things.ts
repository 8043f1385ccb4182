import { counted } from "../../cli/words.ts";
import type { Architecture } from "./architecture.ts";
import { cell, places, rows, share, spread } from "./picture-layout.ts";
import type { Area, Purpose } from "./svg.ts";

/** One box of the picture. */
export interface Thing {
  area: Area;
  purpose: Purpose;
  title: string;
  lines: string[];
}

/** Every box that this environment has. */
export function thingsOf(architecture: Architecture): Thing[] {
  return [
    ...around(architecture),
    ...entrance(architecture),
    ...services(architecture),
    ...backups(architecture),
    ...inZones(architecture),
  ];
}

/** A box, if what it shows exists. */
function thing(
  exists: boolean,
  area: Area,
  purpose: Purpose,
  title: string,
  ...lines: (string | false)[]
): Thing[] {
  return exists ? [{ area, purpose, title, lines: lines.filter((line) => line !== false) }] : [];
}

function around({ api, topics }: Architecture): Thing[] {
  const told = new Set(topics.flatMap((topic) => topic.told));
  return [
    ...thing(
      api !== undefined,
      places.clients,
      "people",
      "People and their programs",
      "browsers, apps, scripts",
    ),
    ...thing(api !== undefined, places.internet, "people", "The internet", "other AWS APIs"),
    ...thing(
      topics.length > 0,
      places.people,
      "people",
      "Who is told",
      told.size > 0 ? counted(told.size, "recipient") : "nobody yet",
    ),
  ];
}

function entrance({ edge, api, webAcl, zones, functions, endpoints }: Architecture): Thing[] {
  const limit = webAcl?.rateLimit;
  const https = edge.certificate
    ? "HTTPS with a certificate that ACM renews; plain HTTP is redirected"
    : "HTTP only: no certificate";
  return [
    ...thing(
      webAcl !== undefined,
      places.webAcl,
      "security",
      "Web application firewall",
      [
        counted(webAcl?.rules ?? 0, "rule"),
        ...(limit === undefined
          ? []
          : [`${limit.toLocaleString("en-US")} requests in 5 minutes per address`]),
      ].join(", "),
    ),
    ...thing(
      edge.domain !== undefined,
      places.dns,
      "network",
      edge.certificate ? "Route 53" : "Host name",
      edge.domain ?? "",
    ),
    ...thing(
      api !== undefined,
      places.balancer,
      "network",
      "Application load balancer",
      `${edge.public ? "public" : "internal"}, ${https}`,
    ),
    ...thing(zones.length > 0, places.gateway, "network", "Internet gateway"),
    ...thing(
      functions.length > 0,
      places.functions,
      "compute",
      counted(functions.length, "Lambda function"),
      "they make, rotate and audit secrets; no way to the internet",
    ),
    ...thing(
      endpoints.length > 0,
      places.endpoints,
      "network",
      "VPC endpoints",
      "private ways to:",
      ...endpoints,
    ),
  ];
}

function services({ topics, logs, registry, secrets, keys }: Architecture): Thing[] {
  const watch = [
    ...(logs.alarms > 0 ? [counted(logs.alarms, "alarm")] : []),
    ...(logs.dashboards > 0 ? [counted(logs.dashboards, "dashboard")] : []),
  ];
  return [
    ...thing(
      topics.length > 0,
      places.topics,
      "operations",
      "SNS topics",
      ...topics.slice(0, 4).map(({ name, told }) => `${lastWord(name)}: ${told.join(", ") || "nobody yet"}`),
    ),
    ...thing(
      logs.groups > 0,
      places.monitoring,
      "operations",
      "CloudWatch",
      watch.length > 0 && watch.join(", "),
      counted(logs.groups, "log group"),
    ),
    ...thing(registry !== undefined, places.registry, "compute", "ECR image repository", registry ?? ""),
    ...thing(
      secrets.count > 0,
      places.secrets,
      "security",
      "Secrets Manager",
      `${counted(secrets.count, "secret")}, ${secrets.rotated} rotate on schedule`,
    ),
    ...thing(keys > 0, places.keys, "security", counted(keys, "KMS key"), "for data, logs and secrets"),
  ];
}

function backups({ backup, database }: Architecture): Thing[] {
  const facts = [
    `rules: ${backup?.rules.join(", ")}`,
    ...(backup?.locked ? ["vault locked"] : []),
    ...(backup?.restoreTest ? ["restores are tested"] : []),
  ];
  return [
    ...thing(backup !== undefined, places.backup, "data", "AWS Backup", facts.join("; ")),
    ...thing(
      backup === undefined && database !== undefined,
      places.backup,
      "data",
      "RDS automated backups",
      `any second of the last ${counted(database?.retentionDays ?? 0, "day")}`,
    ),
    ...thing(
      backup !== undefined && backup.copies.length > 0,
      places.copies,
      "data",
      `Copies of the backups in ${backup?.copies.join(", ")}`,
      "for the loss of a whole region",
    ),
  ];
}

type Content = Pick<Thing, "purpose" | "title" | "lines">;

function inZones(architecture: Architecture): Thing[] {
  const { zones } = architecture;
  const gateways = zones.flatMap((zone, index) =>
    zone.nat ? thing(true, share(cell(architecture, index, rows.nat), 0, 1), "network", "NAT gateway") : [],
  );
  return [
    ...gateways,
    ...lane(architecture, rows.pods, podsOf(architecture)),
    ...lane(architecture, rows.cache, cacheNodes(architecture)),
    ...lane(architecture, rows.database, databaseNodes(architecture)),
  ];
}

/** Boxes of one row, dealt out to the zones in turn. */
function lane(architecture: Architecture, row: { y: number; height: number }, contents: Content[]): Thing[] {
  return spread(contents, architecture.zones.length).flatMap((here, zone) =>
    here.map((content, index) => ({
      ...content,
      area: share(cell(architecture, zone, row), index, here.length),
    })),
  );
}

function podsOf({ api, zones }: Architecture): Content[] {
  return spread(Array.from({ length: api?.replicas ?? 0 }), zones.length)
    .filter((here) => here.length > 0)
    .map((here) => ({
      purpose: "compute",
      title: here.length === 1 ? "API pod" : `${here.length} API pods`,
      lines: [],
    }));
}

function cacheNodes({ cache }: Architecture): Content[] {
  return Array.from({ length: cache?.nodes ?? 0 }, (_, index) => ({
    purpose: "data",
    title: `${cache?.engine} ${index === 0 ? "primary" : "replica"}`,
    lines: [cache?.nodeType ?? ""],
  }));
}

function databaseNodes({ database }: Architecture): Content[] {
  if (!database) return [];
  const node = (role: string, note: string): Content => ({
    purpose: "data",
    title: `${database.engine} ${role}`,
    lines: [database.class ?? "", note],
  });
  return [
    node("primary", "password held by RDS"),
    ...(database.multiAz ? [node("standby", "synchronous copy")] : []),
  ];
}

const lastWord = (name: string): string => name.split("-").at(-1) ?? name;
