import type { Architecture, Tier } from "./architecture.ts";
import { pictureStyle } from "./html-style.ts";
import { drawFlows, type Flow } from "./picture-flows.ts";
import { cell, pictureWidth, places, rows } from "./picture-layout.ts";
import { type Purpose, thingsOf } from "./picture-things.ts";
import { type Area, box, escapeMarkup, frame, rectangle, stripe, words } from "./svg.ts";

export interface Picture {
  svg: string;
  /** What each number in the picture means. */
  flows: Flow[];
}

const tiers: Tier[] = ["public", "private", "isolated"];

/** The picture as a file of its own, in the colours of the reader's system. */
export const standAlone = ({ svg }: Picture): string =>
  `${svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ').replace(">", `>\n<style>${pictureStyle}</style>`)}\n`;

/** Draws the architecture: VPC, zones and tiers, what runs where, and how data flows. None without a VPC. */
export function drawArchitecture(architecture: Architecture): Picture | undefined {
  if (architecture.vpcCidr === undefined) return undefined;
  const { drawn, flows } = drawFlows(architecture);
  const lowest = architecture.backup?.copies.length ? places.copies : places.region;
  const alternative = [`Architecture in ${architecture.region}.`, ...flows.map(({ text }) => text)].join(" ");
  const svg = [
    `<svg viewBox="0 0 ${pictureWidth} ${lowest.y + lowest.height + 16}" role="img" aria-label="${escapeMarkup(alternative)}">`,
    arrowHead,
    ...frames(architecture),
    ...zoneFrames(architecture),
    clusterFrame(architecture),
    ...thingsOf(architecture).map(({ area, purpose, title, lines }) => box(area, purpose, title, lines)),
    endpointColumn(architecture),
    drawn,
    "</svg>",
  ];
  return { flows, svg: svg.filter((part) => part !== "").join("\n") };
}

const arrowHead =
  '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse">' +
  '<path d="M0 0L10 5L0 10z" class="head"/></marker></defs>';

function frames({ region, vpcCidr = "" }: Architecture): string[] {
  return [
    rectangle(places.region, "frame region", 12),
    words(places.dns.x, 124, `AWS region ${region}`, { className: "name", size: 12.5 }),
    rectangle(places.vpc, "frame vpc", 10),
    words(184, 234, `VPC ${vpcCidr}`, { className: "name", size: 12.5 }),
  ];
}

function zoneFrames(architecture: Architecture): string[] {
  return architecture.zones.flatMap((zone, index) => [
    words(cell(architecture, index, rows.zones).x + 8, 256, zone.name, { className: "name", size: 12.5 }),
    ...tiers.map((tier) => tierFrame(cell(architecture, index, rows[tier]), tier, zone.subnets[tier])),
  ]);
}

function tierFrame(area: Area, tier: Tier, cidr: string | undefined): string {
  if (cidr === undefined) return "";
  const name = words(area.x + 8, area.y + 18, `${tier} ${cidr}`, { size: 11.5, width: area.width - 16 });
  return rectangle(area, `tier ${tier}`, 6) + name;
}

function clusterFrame({ cluster, api }: Architecture): string {
  if (!cluster) return "";
  const facts = [
    `EKS ${cluster.version ?? ""}, Auto Mode`,
    `Kubernetes API: ${cluster.publicEndpoint ? "listed addresses" : "private"}`,
    ...(api && api.jobs > 0 ? ["migrations run first"] : []),
  ];
  return frame(places.cluster, facts.join(" · "), "cluster");
}

function endpointColumn({ endpoints }: Architecture): string {
  if (endpoints.length === 0) return "";
  const area = places.endpoints;
  const purpose: Purpose = "network";
  const line = (y: number, text: string) =>
    words(area.x + 14, area.y + y, text, { size: 11.5, width: area.width - 22 });
  return [
    rectangle(area, "box", 6),
    stripe(area, purpose),
    words(area.x + 14, area.y + 24, "VPC endpoints", { className: "title", size: 13 }),
    line(42, "not over the"),
    line(57, "internet, to:"),
    // Below the two arrows that come in from the pods.
    ...endpoints.map((service, index) => line(150 + index * 19, service)),
  ].join("");
}
