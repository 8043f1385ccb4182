/** Every colour of the report and its picture: on a light page, and on a dark one. */
const colours = {
  page: ["#fff", "#0f141b"],
  surface: ["#f6f7f9", "#161d26"],
  box: ["#fff", "#1c2530"],
  text: ["#17202b", "#e8edf3"],
  muted: ["#566273", "#9fadbd"],
  line: ["#cfd6de", "#344150"],
  flow: ["#44546a", "#a9b8ca"],
  network: ["#5b6b7f", "#8fa1b7"],
  compute: ["#b35a08", "#f0954a"],
  data: ["#1a63d8", "#6aa5ff"],
  security: ["#b8284a", "#ff7d97"],
  operations: ["#147a48", "#4fc98a"],
  people: ["#6a3fd0", "#a98bff"],
  public: ["#eaf6ee", "#13251b"],
  publicLine: ["#9fd0b0", "#2f5f42"],
  private: ["#eef4fd", "#142033"],
  privateLine: ["#a9c6ee", "#2f4d78"],
  isolated: ["#f3effb", "#1f1930"],
  isolatedLine: ["#c4b2e6", "#4b3c76"],
  good: ["#147a48", "#4fc98a"],
  bad: ["#b8284a", "#ff7d97"],
  warn: ["#9a5b00", "#f0b35a"],
} as const satisfies Record<string, readonly [light: string, dark: string]>;

type Colour = keyof typeof colours;

/** How one class of shapes or texts is painted. */
interface Look {
  fill?: Colour;
  stroke?: Colour;
  /** Attributes that are the same on light and dark. */
  more?: string;
}

const bold = 'font-weight="600"';

const looks = {
  surface: { fill: "surface" },
  box: { fill: "box", stroke: "line" },
  "frame region": { stroke: "line", more: 'stroke-width="1.5" stroke-dasharray="6 4"' },
  "frame vpc": { fill: "page", stroke: "line", more: 'stroke-width="1.5"' },
  "frame cluster": { stroke: "compute", more: 'stroke-width="1.5" stroke-dasharray="5 3"' },
  "tier public": { fill: "public", stroke: "publicLine" },
  "tier private": { fill: "private", stroke: "privateLine" },
  "tier isolated": { fill: "isolated", stroke: "isolatedLine" },
  "stripe network": { fill: "network" },
  "stripe compute": { fill: "compute" },
  "stripe data": { fill: "data" },
  "stripe security": { fill: "security" },
  "stripe operations": { fill: "operations" },
  "stripe people": { fill: "people" },
  detail: { fill: "muted" },
  title: { fill: "text", more: bold },
  name: { fill: "muted", more: bold },
  "name cluster": { fill: "compute", more: bold },
  label: { fill: "flow", more: bold },
  number: { fill: "page", more: 'font-weight="700"' },
  flow: { stroke: "flow", more: 'stroke-width="1.6"' },
  head: { fill: "flow" },
  badge: { fill: "flow" },
  "series data": { stroke: "data", more: 'stroke-width="1.4" stroke-linejoin="round"' },
  "series compute": { stroke: "compute", more: 'stroke-width="1.4" stroke-linejoin="round"' },
  release: { fill: "operations", more: 'opacity="0.7"' },
  limit: { stroke: "bad", more: 'stroke-width="1.2" stroke-dasharray="4 3"' },
  breach: { fill: "bad", more: 'opacity="0.08"' },
  "figure bad": { fill: "bad" },
  terminal: { fill: "page", stroke: "line" },
  output: { fill: "text" },
  done: { fill: "good" },
} as const satisfies Record<string, Look>;

/** A class of shapes or texts. */
export type LookName = keyof typeof looks;

/**
 * The attributes of an element: its class, and its light colours as presentation attributes, which every viewer of SVG reads.
 * `darkRules` takes them over where the viewer knows style sheets and the reader prefers dark.
 */
export function painted(name: LookName): string {
  const { fill, stroke, more }: Look = looks[name];
  return [
    `class="${name}"`,
    `fill="${fill ? colours[fill][0] : "none"}"`,
    ...(stroke ? [`stroke="${colours[stroke][0]}"`] : []),
    ...(more ? [more] : []),
  ].join(" ");
}

const prefersDark = (rules: string): string => `@media(prefers-color-scheme:dark){${rules}}`;

/** The dark colours of the elements that some markup has. */
export const darkRules = (markup: string): string =>
  prefersDark(
    Object.entries<Look>(looks)
      .filter(([name]) => markup.includes(`class="${name}"`))
      .map(([name, { fill, stroke }]) => {
        const rules = [fill && `fill:${colours[fill][1]}`, stroke && `stroke:${colours[stroke][1]}`];
        return `svg .${name.replace(" ", ".")}{${rules.filter((rule) => rule !== undefined).join(";")}}`;
      })
      .join("\n"),
  );

const variables = (index: 0 | 1): string =>
  Object.entries(colours)
    .map(([name, both]) => `--${name}:${both[index]}`)
    .join(";");

/** The page's colours as variables of its style sheet. */
export const pageColours = `:root{color-scheme:light dark;${variables(0)}}\n${prefersDark(`:root{${variables(1)}}`)}`;

export const fonts = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";
