import type { Architecture } from "./architecture.ts";
import { cell, firstOf, lines, places, rows } from "./picture-layout.ts";
import { across, down, type Route } from "./route.ts";
import { bottom, centre, middle, right } from "./svg.ts";

/** From a person to the data, and from the API outwards; undefined where one end does not exist. */
export function requestRoutes(architecture: Architecture): (Route | undefined)[] {
  if (!architecture.api) return [outwards(architecture)];
  return [
    lookup(architecture),
    arrival(architecture),
    admission(architecture),
    balancing(architecture),
    toCache(architecture),
    toDatabase(architecture),
    outwards(architecture),
  ];
}

const x = lines.trunk;

function lookup({ edge }: Architecture): Route | undefined {
  if (edge.domain === undefined) return undefined;
  const { clients, dns } = places;
  return {
    text: `The name ${edge.domain} leads to the load balancer.`,
    arrows: [{ points: across(middle(clients), right(clients), dns.x) }],
    badges: [[(right(clients) + dns.x) / 2, middle(clients)]],
  };
}

function arrival({ edge, webAcl }: Architecture): Route {
  const first = webAcl ? places.webAcl : places.balancer;
  return {
    text: edge.certificate
      ? "Requests arrive over HTTPS; plain HTTP is only redirected."
      : "Requests arrive over plain HTTP: without a domain there is no certificate.",
    arrows: [{ points: down(x, bottom(places.clients), first.y) }],
    badges: [[x, 81]],
    label: { text: edge.certificate ? "HTTPS 443" : "HTTP 80" },
  };
}

function admission({ webAcl }: Architecture): Route | undefined {
  if (!webAcl) return undefined;
  return {
    text: "The firewall counts and inspects each request.",
    arrows: [{ points: down(x, bottom(places.webAcl), places.balancer.y) }],
    badges: [[x, 240]],
  };
}

function balancing({ api, cluster }: Architecture): Route | undefined {
  if (!cluster) return undefined;
  const port = api?.port ?? "?";
  return {
    text: `The load balancer spreads requests over the ready pods, on port ${port}.`,
    arrows: [{ points: down(x, bottom(places.balancer), places.cluster.y) }],
    badges: [[x, 376]],
    label: { text: `port ${port}` },
  };
}

function toCache(architecture: Architecture): Route | undefined {
  const { cache } = architecture;
  if (!cache) return undefined;
  const node = firstOf(architecture, rows.cache, cache.nodes);
  const y = middle(node);
  return {
    text: `Pods count rate limits in ${cache.engine}, over TLS on port ${cache.port ?? "?"}.`,
    arrows: [{ points: [[x, bottom(places.cluster)], ...across(y, x, node.x)] }],
    badges: [[x, y]],
    label: { text: `TLS ${cache.port ?? ""}`, above: true },
  };
}

function toDatabase(architecture: Architecture): Route | undefined {
  const { database, cache } = architecture;
  if (!database) return undefined;
  const node = firstOf(architecture, rows.database, databaseNodes(database));
  const y = middle(node);
  // On from the cache's branch, so that one line is drawn and not two, one upon the other.
  const from = cache ? rows.cache.y + rows.cache.height / 2 : bottom(places.cluster);
  return {
    text: `Pods read and write the database over TLS on port ${database.port ?? "?"}.`,
    arrows: [{ points: [[x, from], ...across(y, x, node.x)] }],
    badges: [[x, y]],
    label: { text: `TLS ${database.port ?? ""}`, above: true },
  };
}

/** How many database instances are drawn. */
export const databaseNodes = ({ multiAz }: NonNullable<Architecture["database"]>): number =>
  multiAz ? 2 : 1;

/** Up from the cluster to each NAT gateway, from these along a bus to the internet gateway, and out. */
function outwards(architecture: Architecture): Route | undefined {
  const [first, ...others] = architecture.zones.flatMap(({ nat }, zone) =>
    nat ? [right(cell(architecture, zone, rows.nat)) - 24] : [],
  );
  if (first === undefined || !architecture.cluster) return undefined;
  const { gateway, internet, cluster } = places;
  const nat = rows.nat;
  return {
    text: "Nodes and pods reach the internet through NAT; nothing comes in that way.",
    arrows: [
      ...[first, ...others].map((at) => ({ points: down(at, cluster.y, nat.y + nat.height) })),
      ...others.map((at) => ({ points: down(at, nat.y, lines.bus) })),
      {
        points: [
          [first, nat.y],
          ...across(lines.bus, first, lines.outwards),
          ...across(middle(gateway), lines.outwards, gateway.x),
        ],
      },
      { points: down(centre(gateway), gateway.y, bottom(internet)) },
    ],
    badges: [
      [lines.outwards, 314],
      [centre(gateway), 116],
    ],
  };
}
