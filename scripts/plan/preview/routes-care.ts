import { counted } from "../../cli/words.ts";
import type { Architecture } from "./architecture.ts";
import { firstOf, lines, places, rows } from "./picture-layout.ts";
import { across, down, type Route } from "./route.ts";
import { databaseNodes } from "./routes-requests.ts";
import { bottom, centre, middle, right } from "./svg.ts";

/** What keeps the stack well: secrets and their rotation, images, backups, alarms. */
export function careRoutes(architecture: Architecture): (Route | undefined)[] {
  return [
    rotation(architecture),
    newPasswords(architecture),
    reading(architecture),
    image(architecture),
    backup(architecture),
    copies(architecture),
    alarms(architecture),
  ];
}

const has = ({ endpoints }: Architecture, service: string): boolean =>
  endpoints.some((name) => name.startsWith(service));

/** Heights of the two arrows that reach Secrets Manager. */
const readingY = 674;
const rotationY = 698;

function rotation(architecture: Architecture): Route | undefined {
  const { functions, secrets } = architecture;
  if (functions.length === 0 || secrets.count === 0) return undefined;
  const from = right(places.functions);
  const { endpoints, secrets: target } = places;
  const onTheWay = has(architecture, "secretsmanager");
  return {
    text: "Secrets Manager calls a Lambda by schedule, which stores the next value.",
    arrows: onTheWay
      ? [
          { points: across(rotationY, from, endpoints.x), both: true },
          { points: across(rotationY, right(endpoints), target.x), both: true },
        ]
      : [{ points: across(rotationY, from, target.x), both: true }],
    badges: [[lines.outwards, rotationY], ...(onTheWay ? [[lines.services, rotationY] as const] : [])],
  };
}

function newPasswords(architecture: Architecture): Route | undefined {
  const { functions, cache, database } = architecture;
  if (functions.length === 0 || (!cache && !database)) return undefined;
  const cacheX = centre(firstOf(architecture, rows.cache, cache?.nodes ?? 1));
  const databaseX = centre(firstOf(architecture, rows.database, database ? databaseNodes(database) : 1));
  return {
    text: "A Lambda sets the new password and tests it; the old one stays valid.",
    arrows: [
      ...(cache ? [{ points: down(cacheX, places.functions.y, rows.cache.y + rows.cache.height) }] : []),
      ...(database ? [{ points: down(databaseX, bottom(places.functions), rows.database.y) }] : []),
    ],
    badges: [
      ...(cache ? [[cacheX + 18, 650] as const] : []),
      ...(database ? [[databaseX + 18, 724] as const] : []),
    ],
  };
}

function reading(architecture: Architecture): Route | undefined {
  const { api, secrets } = architecture;
  if (!api || secrets.count === 0 || !has(architecture, "secretsmanager")) return undefined;
  return {
    text: "Pods read their secrets with their own identity, and notice a rotation.",
    arrows: [
      { points: across(502, right(places.cluster), places.endpoints.x) },
      { points: across(readingY, right(places.endpoints), places.secrets.x) },
    ],
    badges: [
      [lines.outwards, 502],
      [lines.services, readingY],
    ],
  };
}

/** Through the endpoints where ECR has them, else the way to the internet. */
function image(architecture: Architecture): Route | undefined {
  const { registry, endpoints, cluster, gateway } = places;
  if (!architecture.registry || !architecture.cluster) return undefined;
  const y = middle(registry);
  if (!has(architecture, "ecr")) {
    return {
      text: "Nodes pull the API's image, by digest, through NAT.",
      arrows: [
        {
          points: [
            ...across(middle(gateway), right(gateway), lines.services),
            ...across(y, lines.services, registry.x),
          ],
        },
      ],
      badges: [[lines.services, 376]],
    };
  }
  return {
    text: "Nodes pull the API's image, by digest.",
    arrows: [
      { points: across(y, right(cluster), endpoints.x) },
      { points: across(y, right(endpoints), registry.x) },
    ],
    badges: [
      [lines.outwards, y],
      [lines.services, y],
    ],
  };
}

function backup(architecture: Architecture): Route | undefined {
  const { database } = architecture;
  if (!database) return undefined;
  const x = centre(firstOf(architecture, rows.database, databaseNodes(database)));
  return {
    text: `Any second of the last ${counted(database.retentionDays ?? 0, "day")} can be restored.`,
    arrows: [{ points: down(x, rows.database.y + rows.database.height, places.backup.y) }],
    badges: [[x + 18, 834]],
  };
}

function copies(architecture: Architecture): Route | undefined {
  const { backup: plan, database } = architecture;
  if (!plan || plan.copies.length === 0) return undefined;
  const x = centre(firstOf(architecture, rows.database, database ? databaseNodes(database) : 1));
  return {
    text: `Backups are copied to ${plan.copies.join(", ")}.`,
    arrows: [{ points: down(x, bottom(places.backup), places.copies.y) }],
    badges: [[x + 18, 921]],
  };
}

function alarms({ topics, logs }: Architecture): Route | undefined {
  if (topics.length === 0 || logs.alarms === 0) return undefined;
  const x = centre(places.monitoring);
  return {
    text: "Alarms go to a topic by urgency, and from there to people.",
    arrows: [
      { points: down(x, places.monitoring.y, bottom(places.topics)) },
      { points: down(x, places.topics.y, bottom(places.people)) },
    ],
    badges: [
      [x + 18, 230],
      [x + 18, 81],
    ],
  };
}
