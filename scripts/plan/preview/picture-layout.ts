import type { Architecture } from "./architecture.ts";
import type { Area } from "./svg.ts";

/** Width of the picture, pixels. The height is that of the fullest environment; one without copies elsewhere is lower. */
export const pictureWidth = 1212;

const zonesLeft = 150;
const zonesWidth = 566;
const gap = 10;
const trunk = 62;
const endpointsLeft = 756;
const sideLeft = 952;
const sideWidth = 236;

/** Where everything stands. Rows are the tiers, columns the zones; flows run in the gutters between them. */
export const places = {
  clients: { x: 40, y: 12, width: 240, height: 52 },
  dns: { x: 340, y: 12, width: 376, height: 52 },
  internet: { x: endpointsLeft, y: 12, width: 148, height: 52 },
  people: { x: sideLeft, y: 12, width: sideWidth, height: 52 },
  region: { x: 12, y: 98, width: 1188, height: 808 },
  webAcl: { x: 40, y: 128, width: 676, height: 46 },
  vpc: { x: 28, y: 194, width: 884, height: 626 },
  balancer: { x: 40, y: 274, width: 676, height: 44 },
  gateway: { x: endpointsLeft, y: 274, width: 148, height: 44 },
  cluster: { x: 40, y: 432, width: 676, height: 90 },
  endpoints: { x: endpointsLeft, y: 432, width: 148, height: 284 },
  functions: { x: 158, y: 664, width: 550, height: 46 },
  backup: { x: 158, y: 848, width: 550, height: 46 },
  copies: { x: 158, y: 938, width: 550, height: 46 },
  topics: { x: sideLeft, y: 128, width: sideWidth, height: 78 },
  monitoring: { x: sideLeft, y: 252, width: sideWidth, height: 58 },
  registry: { x: sideLeft, y: 432, width: sideWidth, height: 46 },
  secrets: { x: sideLeft, y: 656, width: sideWidth, height: 60 },
  keys: { x: sideLeft, y: 746, width: sideWidth, height: 46 },
} as const satisfies Record<string, Area>;

/** The rows of the VPC: the tiers' frames, and the lanes inside them. */
export const rows = {
  zones: { y: 222, height: 590 },
  public: { y: 248, height: 130 },
  nat: { y: 342, height: 28 },
  private: { y: 406, height: 124 },
  pods: { y: 478, height: 36 },
  isolated: { y: 562, height: 246 },
  cache: { y: 588, height: 46 },
  database: { y: 738, height: 60 },
} as const;

/** Lines that flows follow: the gutters left of the zones, right of them, and right of the VPC, and the bus above the NAT gateways. */
export const lines = { trunk, bus: 330, outwards: 736, services: 932 } as const;

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
