import type { Point } from "./svg.ts";

/** A flow before it has a number: lines from box to box, and where its number and its label stand. */
export interface Route {
  text: string;
  arrows: { points: Point[]; both?: boolean }[];
  badge: Point;
  /** To the right of the number; with `above`, above the line. */
  label?: { text: string; above?: boolean };
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
