import type { Architecture } from "./architecture.ts";
import type { Area } from "./svg.ts";

/** Size of the picture, pixels. The height is that of the fullest environment; one without copies elsewhere is lower. */
export const pictureWidth = 1280;

const zonesLeft = 176;
const zonesWidth = 560;
const gap = 10;
const sideLeft = 990;
const sideWidth = 254;

/** Where everything stands. Rows are the tiers, columns the zones; flows run in the gutters between them. */
export const places = {
  clients: { x: 52, y: 14, width: 300, height: 56 },
  internet: { x: 784, y: 14, width: 158, height: 56 },
  people: { x: sideLeft, y: 14, width: sideWidth, height: 56 },
  region: { x: 16, y: 104, width: 1248, height: 888 },
  webAcl: { x: 52, y: 134, width: 300, height: 56 },
  dns: { x: 376, y: 134, width: 360, height: 56 },
  vpc: { x: 36, y: 212, width: 916, height: 664 },
  balancer: { x: 60, y: 292, width: 676, height: 44 },
  gateway: { x: 784, y: 292, width: 158, height: 44 },
  cluster: { x: 60, y: 454, width: 676, height: 104 },
  endpoints: { x: 784, y: 428, width: 158, height: 434 },
  functions: { x: 184, y: 704, width: 544, height: 52 },
  backup: { x: 184, y: 912, width: 544, height: 62 },
  copies: { x: 184, y: 1022, width: 544, height: 46 },
  topics: { x: sideLeft, y: 134, width: sideWidth, height: 84 },
  monitoring: { x: sideLeft, y: 262, width: sideWidth, height: 66 },
  registry: { x: sideLeft, y: 476, width: sideWidth, height: 60 },
  secrets: { x: sideLeft, y: 700, width: sideWidth, height: 60 },
  keys: { x: sideLeft, y: 802, width: sideWidth, height: 48 },
} as const satisfies Record<string, Area>;

/** The rows of the VPC: the tiers' frames, and the lanes inside them. */
export const rows = {
  zones: { y: 238, height: 632 },
  public: { y: 266, height: 132 },
  nat: { y: 362, height: 28 },
  private: { y: 428, height: 138 },
  pods: { y: 482, height: 68 },
  isolated: { y: 600, height: 262 },
  cache: { y: 626, height: 48 },
  database: { y: 786, height: 64 },
} as const;

/** Lines that flows follow: the gutter left of the zones, the bus above the NAT gateways, the gutter right of the zones. */
export const lines = { trunk: 80, bus: 350, outwards: 760 } as const;

/** The column of one zone in a row. */
export function cell(architecture: Architecture, zone: number, row: { y: number; height: number }): Area {
  const count = Math.max(1, architecture.zones.length);
  const width = (zonesWidth - (count - 1) * gap) / count;
  return { x: zonesLeft + zone * (width + gap), y: row.y, width, height: row.height };
}

/** Room for the `index`th of several things in one zone, side by side. */
export function share(area: Area, index: number, count: number): Area {
  const inset = 8;
  const width = (area.width - inset * (count + 1)) / count;
  return { ...area, x: area.x + inset + index * (width + inset), width };
}

/** Where the first of `count` things in a row stands, when they are dealt out to the zones. */
export function firstOf(architecture: Architecture, row: { y: number; height: number }, count: number): Area {
  const inFirstZone = Math.max(1, Math.ceil(count / Math.max(1, architecture.zones.length)));
  return share(cell(architecture, 0, row), 0, inFirstZone);
}

/** Deals things out to the zones in turn, as AWS and Kubernetes spread them. */
export function spread<T>(items: readonly T[], zones: number): T[][] {
  const dealt: T[][] = Array.from({ length: Math.max(1, zones) }, () => []);
  for (const [index, item] of items.entries()) dealt[index % dealt.length]?.push(item);
  return dealt;
}
