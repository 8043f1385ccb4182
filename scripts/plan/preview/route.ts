import type { Point } from "./svg.ts";

/** A flow before it has a number: lines from box to box, and where its number stands: on each line of its own. */
export interface Route {
  text: string;
  arrows: { points: Point[]; both?: boolean }[];
  badges: Point[];
  /** To the right of the first number; with `above`, above the line. */
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
