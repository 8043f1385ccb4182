import type { Architecture } from "./architecture.ts";
import { careRoutes } from "./routes-care.ts";
import { requestRoutes } from "./routes-requests.ts";
import { arrow, badge, type Point, words } from "./svg.ts";

/** One kind of traffic: its number in the picture and what it is, in a sentence. */
export interface Flow {
  number: number;
  text: string;
}

/** A flow before it has a number: lines from box to box, and where its number and its label stand. */
export interface Route {
  text: string;
  arrows: { points: Point[]; both?: boolean }[];
  badge: Point;
  /** Stands to the right of the number; `above` the line that leaves the number that way. */
  label?: { text: string; above?: boolean };
}

/** Draws the flows whose two ends exist, numbered in the order in which a reader meets them. */
export function drawFlows(architecture: Architecture): { drawn: string; flows: Flow[] } {
  const routes = [...requestRoutes(architecture), ...careRoutes(architecture)].filter(
    (route) => route !== undefined,
  );
  const arrows = routes.flatMap(({ arrows }) => arrows.map(({ points, both }) => arrow(points, both)));
  const marks = routes.map(({ badge: [x, y], label }, index) =>
    [
      badge(x, y, index + 1),
      label ? words(x + 16, y + (label.above ? -7 : 4), label.text, { className: "label", size: 11.5 }) : "",
    ].join(""),
  );
  return {
    // Numbers last: no line may run over one.
    drawn: [...arrows, ...marks].join("\n"),
    flows: routes.map(({ text }, index) => ({ number: index + 1, text })),
  };
}

/** A line straight down (or up) at `x`. */
export const down = (x: number, from: number, to: number): Point[] => [
  [x, from],
  [x, to],
];

/** A line straight to the right (or left) at `y`. */
export const across = (y: number, from: number, to: number): Point[] => [
  [from, y],
  [to, y],
];
