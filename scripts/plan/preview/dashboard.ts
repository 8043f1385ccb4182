import * as z from "zod";
import type { ProgramRun } from "../monitor/index.ts";
import { darkRules, painted } from "./colours.ts";
import { type Area, type Point, rectangle, words } from "./svg.ts";

const lineSchema = z.object({ value: z.number(), fill: z.enum(["above", "below"]).default("above") });
const widgetSchema = z.object({
  type: z.enum(["alarm", "metric", "log"]),
  x: z.number(),
  y: z.number(),
  width: z.number(),
  height: z.number(),
  properties: z.looseObject({
    title: z.string(),
    alarms: z.array(z.string()).default([]),
    metrics: z.array(z.array(z.unknown())).default([]),
    annotations: z.object({ horizontal: z.array(lineSchema) }).optional(),
  }),
});
const bodySchema = z.object({ widgets: z.array(widgetSchema) });
type Widget = z.output<typeof widgetSchema>;
type Line = z.output<typeof lineSchema>;

/** Pixels of a column and of a row of the dashboard's grid. */
const cell = { width: 54, height: 36 };
const gap = 3;
const titleHeight = 20;
const points = 48;

/** The environment's dashboard as a picture, its graphs with sample data; undefined where the plan has none. */
export function drawDashboard(run: ProgramRun): string | undefined {
  const [resource] = run.resources.filter(({ type }) => type === "aws:cloudwatch/dashboard:Dashboard");
  const body = z.string().safeParse(resource?.inputs.dashboardBody);
  // Unknown before a first deployment.
  if (!body.success || !body.data.startsWith("{")) return undefined;
  const { widgets } = bodySchema.parse(JSON.parse(body.data));
  const height = Math.max(...widgets.map((widget) => widget.y + widget.height)) * cell.height;
  const drawn = widgets.map(drawWidget).join("");
  return `<svg viewBox="0 0 ${24 * cell.width} ${height}" role="img" aria-label="The dashboard with sample data"><style>${darkRules(drawn)}</style>${drawn}</svg>`;
}

function drawWidget(widget: Widget): string {
  const area = {
    x: widget.x * cell.width + gap,
    y: widget.y * cell.height + gap,
    width: widget.width * cell.width - 2 * gap,
    height: widget.height * cell.height - 2 * gap,
  };
  const inner = {
    x: area.x + 8,
    y: area.y + titleHeight + 6,
    width: area.width - 16,
    height: area.height - titleHeight - 14,
  };
  const head = words(area.x + 8, area.y + 15, widget.properties.title, {
    look: "title",
    size: 11,
    width: area.width - 12,
  });
  const draw = { alarm: drawStates, metric: drawGraph, log: drawRoutes }[widget.type];
  return `<g>${rectangle(area, "box", 4)}${head}${draw(widget, inner)}</g>`;
}

/** A mark for each alarm, all of them well. */
function drawStates({ properties }: Widget, inner: Area): string {
  const lines = 4;
  const perLine = Math.ceil(properties.alarms.length / lines);
  const [width, height] = [inner.width / perLine, inner.height / lines];
  return properties.alarms
    .map((arn, index) => {
      const x = inner.x + (index % perLine) * width;
      const y = inner.y + Math.floor(index / perLine) * height;
      const name = (arn.split(":").at(-1) ?? arn).replace(/^bulwark-[^-]+-(alarm-)?/, "");
      const mark = rectangle({ x, y, width: 7, height: height - 5 }, "release", 2);
      return `${mark}${words(x + 11, y + height / 2 + 2, name, { size: 9, width: width - 14 })}`;
    })
    .join("");
}

const sampleRoutes = [
  ["GET /v1/bookings", "41,210", "38", "0"],
  ["POST /v1/bookings", "6,870", "61", "2"],
  ["POST /v1/auth/sign-in", "1,904", "212", "0"],
  ["GET /v1/live", "866", "12", "0"],
];

function drawRoutes(_: Widget, inner: Area): string {
  const columns = [0, 0.62, 0.8, 0.98];
  return [["route", "requests", "p95 ms", "errors"], ...sampleRoutes]
    .flatMap((row, index) =>
      row.map((text, column) =>
        words(inner.x + inner.width * (columns[column] ?? 0), inner.y + 12 + index * 19, text, {
          size: 11,
          look: index === 0 ? "name" : "detail",
          anchor: column === 0 ? "start" : "end",
        }),
      ),
    )
    .join("");
}

function drawGraph({ properties }: Widget, inner: Area): string {
  const limits = properties.annotations?.horizontal ?? [];
  const shown = properties.metrics.map(optionsOf).filter(({ visible }) => visible);
  const series = shown.filter(({ yAxis }) => yAxis !== "right");
  const samples = series.map((_, index) => sample(limits, `${properties.title}${index}`));
  const top = 1.25 * Math.max(...samples.flat(), ...limits.map(({ value }) => value)) || 1;
  const yOf = (value: number) => inner.y + inner.height * (1 - value / top);
  const step = inner.width / (points - 1);
  const lines = samples.map((values, index) =>
    polyline(
      values.map((value, at): Point => [inner.x + at * step, yOf(value)]),
      index === 0 ? "series data" : "series compute",
    ),
  );
  const half = inner.height / 2;
  // A release: each pod starts once.
  const release = { x: inner.x + 31 * step, y: inner.y + half, width: 4, height: half };
  const marks = series.length < shown.length ? [rectangle(release, "release")] : [];
  return [...limits.map((limit) => drawLimit(limit, yOf(limit.value), inner)), ...marks, ...lines].join("");
}

const optionsSchema = z.looseObject({ visible: z.boolean().default(true), yAxis: z.string().optional() });
const optionsOf = (metric: readonly unknown[]): z.output<typeof optionsSchema> =>
  optionsSchema.safeParse(metric.at(-1)).data ?? { visible: true };

function drawLimit({ value, fill }: Line, at: number, inner: Area): string {
  const end = inner.y + inner.height;
  const breached =
    fill === "above"
      ? { ...inner, height: at - inner.y }
      : { ...inner, y: at, height: Math.max(0, end - at) };
  const path: Point[] = [
    [inner.x, at],
    [inner.x + inner.width, at],
  ];
  const label = words(inner.x + inner.width, at - 3, short(value), {
    look: "figure bad",
    size: 10,
    anchor: "end",
  });
  return `${rectangle(breached, "breach")}${polyline(path, "limit")}${label}`;
}

const polyline = (path: readonly Point[], look: "limit" | "series data" | "series compute"): string =>
  `<path d="${path.map(([x, y], index) => `${index === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("")}" ${painted(look)}/>`;

/** Made-up data on the quiet side of the thresholds, the same each time. */
function sample(limits: readonly Line[], seed: string): number[] {
  let state = 7;
  for (const letter of seed) state = (state * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  const random = () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const values = limits.map(({ value }) => value);
  const below = limits.some(({ fill }) => fill === "below");
  const edge = limits.length === 0 ? 100 : below ? Math.max(...values) : Math.min(...values);
  // Of what must not happen at all, nothing does.
  const level = below ? edge * 1.7 : edge <= 1 && limits.length === 1 ? 0 : edge * (0.3 + 0.3 * random());
  return Array.from(
    { length: points },
    (_, at) => level * (1 + 0.1 * Math.sin(at / 6) + 0.1 * (random() - 0.5)),
  );
}

const units: readonly [bytes: number, name: string][] = [
  [2 ** 30, " GiB"],
  [2 ** 20, " MiB"],
  [1, ""],
];

function short(value: number): string {
  const [size, unit] = units.find(([bytes]) => value >= bytes) ?? [1, ""];
  return `${Number((value / size).toFixed(1)).toLocaleString("en-US")}${unit}`;
}
