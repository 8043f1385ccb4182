import type { Architecture, Tier } from "./architecture.ts";
import { darkRules, fonts } from "./colours.ts";
import { drawFlows, type Flow } from "./picture-flows.ts";
import { cell, pictureWidth, places, rows } from "./picture-layout.ts";
import { thingsOf } from "./picture-things.ts";
import { type Area, badge, bottom, box, escapeMarkup, rectangle, words } from "./svg.ts";

export interface Picture {
  /** For a page, which explains the numbers itself. */
  svg: string;
  /** As a file of its own: with the key to its numbers. */
  file: string;
  /** What each number in the picture means. */
  flows: Flow[];
}

const tiers: Tier[] = ["public", "private", "isolated"];

/** Draws the architecture: VPC, zones and tiers, what runs where, and how data flows. None without a VPC. */
export function drawArchitecture(architecture: Architecture): Picture | undefined {
  if (architecture.vpcCidr === undefined) return undefined;
  const { drawn, flows } = drawFlows(architecture);
  const height = bottom(architecture.backup?.copies.length ? places.copies : places.region) + 14;
  const shapes = [
    ...frames(architecture),
    ...zoneFrames(architecture),
    ...clusterFrame(architecture),
    ...thingsOf(architecture).map(({ area, purpose, title, lines }) => box(area, purpose, title, lines)),
    drawn,
  ];
  const key = keyOf(flows, height);
  const alternative = [`Architecture in ${architecture.region}.`, ...flows.map(({ text }) => text)].join(" ");
  return {
    flows,
    svg: drawing(alternative, height, shapes),
    file: `${drawing(alternative, key.bottom, [...shapes, ...key.shapes])}\n`,
  };
}

function drawing(alternative: string, height: number, content: readonly string[]): string {
  const surface = rectangle({ x: 0, y: 0, width: pictureWidth, height }, "surface");
  const shapes = [surface, ...content.filter((shape) => shape !== "")].join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${pictureWidth} ${height}" font-family="${fonts}" role="img" aria-label="${escapeMarkup(alternative)}">
<style>${darkRules(shapes)}</style>
${shapes}
</svg>`;
}

/** The key to the numbers, in two columns below the picture. */
function keyOf(flows: readonly Flow[], top: number): { shapes: string[]; bottom: number } {
  const step = 22;
  const perColumn = Math.ceil(flows.length / 2);
  const columnWidth = (pictureWidth - 64) / 2;
  const shapes = flows.map(({ number, text }, index) => {
    const x = 40 + Math.floor(index / perColumn) * columnWidth;
    const y = top + 10 + (index % perColumn) * step;
    return badge(x, y, number) + words(x + 18, y + 4, text, { size: 12.5, width: columnWidth - 18 });
  });
  return { shapes, bottom: top + perColumn * step + 10 };
}

function frames({ region, vpcCidr = "" }: Architecture): string[] {
  const x = 80;
  return [
    rectangle(places.region, "frame region", 12),
    words(x, places.region.y + 20, `AWS region ${region}`, { look: "name", size: 12.5 }),
    rectangle(places.vpc, "frame vpc", 10),
    words(x, places.vpc.y + 22, `VPC ${vpcCidr}`, { look: "name", size: 12.5 }),
  ];
}

function zoneFrames(architecture: Architecture): string[] {
  return architecture.zones.flatMap((zone, index) => {
    const { x } = cell(architecture, index, rows.zones);
    return [
      words(x + 8, rows.public.y - 10, zone.name, { look: "name", size: 12.5 }),
      ...tiers.map((tier) => tierFrame(cell(architecture, index, rows[tier]), tier, zone.subnets[tier])),
    ];
  });
}

function tierFrame(area: Area, tier: Tier, cidr: string | undefined): string {
  if (cidr === undefined) return "";
  const name = words(area.x + 8, area.y + 18, `${tier} ${cidr}`, { size: 11.5, width: area.width - 16 });
  return rectangle(area, `tier ${tier}`, 6) + name;
}

function clusterFrame({ cluster, api }: Architecture): string[] {
  if (!cluster) return [];
  const { x, y, width } = places.cluster;
  const pods = api && (api.most === undefined ? `${api.replicas}` : `${api.replicas} to ${api.most}`);
  const title = [`EKS ${cluster.version ?? ""}, Auto Mode`, ...(pods ? [`${pods} API pods in all`] : [])];
  const facts = [
    `Kubernetes API for ${cluster.publicEndpoint ? "listed addresses" : "the VPC"} only`,
    ...(api && api.jobs > 0 ? ["database migrations run before the pods"] : []),
  ];
  return [
    rectangle(places.cluster, "frame cluster", 10),
    words(x + 12, y + 19, title.join(" · "), { look: "name cluster", size: 12.5, width: width - 20 }),
    words(x + 12, y + 35, facts.join("; "), { size: 11.5, width: width - 20 }),
  ];
}
