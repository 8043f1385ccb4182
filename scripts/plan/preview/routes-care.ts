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

function rotation(architecture: Architecture): Route | undefined {
  const { functions, secrets } = architecture;
  if (functions.length === 0 || secrets.count === 0) return undefined;
  const y = middle(places.functions);
  const from = right(places.functions);
  const { endpoints, secrets: target } = places;
  return {
    text: "Secrets Manager calls a Lambda by schedule; the Lambda makes the next value and stores it there.",
    arrows: has(architecture, "secretsmanager")
      ? [
          { points: across(y, from, endpoints.x), both: true },
          { points: across(y, right(endpoints), target.x), both: true },
        ]
      : [{ points: across(y, from, target.x), both: true }],
    badge: [lines.outwards, y],
  };
}

function newPasswords(architecture: Architecture): Route | undefined {
  const { functions, cache, database } = architecture;
  if (functions.length === 0 || (!cache && !database)) return undefined;
  const cacheX = centre(firstOf(architecture, rows.cache, cache?.nodes ?? 1));
  const databaseX = centre(firstOf(architecture, rows.database, database ? databaseNodes(database) : 1));
  return {
    text: "The Lambda gives database or cache the new password and logs in with it; the old one stays valid for a while.",
    arrows: [
      ...(cache ? [{ points: down(cacheX, places.functions.y, rows.cache.y + rows.cache.height) }] : []),
      ...(database ? [{ points: down(databaseX, bottom(places.functions), rows.database.y) }] : []),
    ],
    badge: database ? [databaseX + 18, 771] : [cacheX + 18, 689],
  };
}

function reading(architecture: Architecture): Route | undefined {
  const { api, secrets } = architecture;
  if (!api || secrets.count === 0 || !has(architecture, "secretsmanager")) return undefined;
  return {
    text: "Pods read their secrets as the identity of their service account, and notice a rotation by themselves.",
    arrows: [
      { points: across(540, right(places.cluster), places.endpoints.x) },
      { points: across(712, right(places.endpoints), places.secrets.x) },
    ],
    badge: [lines.outwards, 540],
  };
}

function image(architecture: Architecture): Route | undefined {
  const { registry, endpoints, cluster } = places;
  if (!architecture.registry || !architecture.cluster || !has(architecture, "ecr")) return undefined;
  return {
    text: "Nodes pull the API's image, by digest.",
    arrows: [
      { points: across(506, registry.x, right(endpoints)) },
      { points: across(492, endpoints.x, right(cluster)) },
    ],
    badge: [lines.outwards, 492],
  };
}

function backup(architecture: Architecture): Route | undefined {
  const { database } = architecture;
  if (!database) return undefined;
  const x = centre(firstOf(architecture, rows.database, databaseNodes(database)));
  return {
    text: `Any second of the last ${counted(database.retentionDays ?? 0, "day")} can be brought back.`,
    arrows: [{ points: down(x, rows.database.y + rows.database.height, places.backup.y) }],
    badge: [x + 18, 894],
  };
}

function copies(architecture: Architecture): Route | undefined {
  const { backup: plan, database } = architecture;
  if (!plan || plan.copies.length === 0) return undefined;
  const x = centre(firstOf(architecture, rows.database, database ? databaseNodes(database) : 1));
  return {
    text: `Backups are copied to ${plan.copies.join(", ")}.`,
    arrows: [{ points: down(x, bottom(places.backup), places.copies.y) }],
    badge: [x + 18, 1007],
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
    badge: [x + 18, 240],
  };
}
