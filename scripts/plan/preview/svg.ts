import { type LookName, painted } from "./colours.ts";

/** Text escaped for HTML and SVG, for content and quoted attributes. */
export function escapeMarkup(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** A rectangle, in pixels of the picture. */
export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const right = ({ x, width }: Area): number => x + width;
export const bottom = ({ y, height }: Area): number => y + height;
export const middle = ({ y, height }: Area): number => y + height / 2;
export const centre = ({ x, width }: Area): number => x + width / 2;

/** Width of a character of the page's font, as a share of its size: an average, on the wide side. */
const characterWidth = 0.6;

/** `words` cut to what fits into `width`. */
function fitting(words: string, width: number, size: number): string {
  const most = Math.floor(width / (size * characterWidth));
  return words.length <= most ? words : `${words.slice(0, Math.max(1, most - 1)).trimEnd()}…`;
}

export interface Words {
  look?: LookName;
  size?: number;
  anchor?: "start" | "middle" | "end";
  /** Available width; longer text is cut, with the whole as a tooltip. */
  width?: number;
}

/** One line of text; `y` is its baseline. */
export function words(x: number, y: number, content: string, options: Words = {}): string {
  const { look = "detail", size = 12, anchor = "start", width } = options;
  const shown = width === undefined ? content : fitting(content, width, size);
  const title = shown === content ? "" : `<title>${escapeMarkup(content)}</title>`;
  return `<text x="${x}" y="${y}" ${painted(look)} font-size="${size}" text-anchor="${anchor}">${escapeMarkup(shown)}${title}</text>`;
}

/** What a thing is for: the colour of its stripe. */
export type Purpose = "people" | "network" | "security" | "compute" | "data" | "operations";

/** A thing: a title and lines below it, with a stripe in the colour of what it is for. */
export function box(area: Area, purpose: Purpose, title: string, lines: readonly string[] = []): string {
  const width = area.width - 22;
  const step = 15;
  const first = area.y + (area.height - (lines.length + 1) * step) / 2 + 12;
  const text = [
    words(area.x + 14, first, title, { look: "title", size: 13, width }),
    ...lines.map((line, index) =>
      words(area.x + 14, first + (index + 1) * step, line, { size: 11.5, width }),
    ),
  ];
  return `<g>${rectangle(area, "box", 6)}${stripe(area, purpose)}${text.join("")}</g>`;
}

/** The stripe at a box's left edge, in the colour of what the box is for. */
function stripe({ x, y, height }: Area, purpose: Purpose): string {
  return rectangle({ x, y: y + 4, width: 4, height: height - 8 }, `stripe ${purpose}`, 2);
}

export function rectangle({ x, y, width, height }: Area, look: LookName, radius = 0): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}" ${painted(look)}/>`;
}

export type Point = readonly [x: number, y: number];

/** A line through `points` with a head at its end, and at its start too when it goes both ways. */
export function arrow(points: readonly Point[], both = false): string {
  const path = points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${x} ${y}`).join(" ");
  const ends = [points.slice(-2), ...(both ? [points.slice(0, 2).reverse()] : [])];
  return `<path d="${path}" ${painted("flow")}/>${ends.map(head).join("")}`;
}

/** An arrow's head as a shape of its own: viewers differ in how they turn markers. */
function head([from, to]: readonly Point[]): string {
  if (!from || !to) return "";
  const [x, y] = to;
  const along = [Math.sign(x - from[0]), Math.sign(y - from[1])] as const;
  const side = (turn: number): string =>
    `${x - along[0] * 10 + along[1] * turn} ${y - along[1] * 10 + along[0] * turn}`;
  return `<path d="M${x} ${y}L${side(5.5)}L${side(-5.5)}z" ${painted("head")}/>`;
}

/** The number of a flow, as in the list beside the picture. */
export function badge(x: number, y: number, number: number): string {
  return `<circle cx="${x}" cy="${y}" r="9" ${painted("badge")}/>${words(x, y + 4, String(number), { look: "number", size: 11.5, anchor: "middle" })}`;
}
