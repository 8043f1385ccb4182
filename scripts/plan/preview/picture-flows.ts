import type { Architecture } from "./architecture.ts";
import { careRoutes } from "./routes-care.ts";
import { requestRoutes } from "./routes-requests.ts";
import { arrow, badge, words } from "./svg.ts";

/** One kind of traffic: its number in the picture and what it is, in a sentence. */
export interface Flow {
  number: number;
  text: string;
}

/** Draws the flows whose two ends exist, numbered in the order in which a reader meets them. */
export function drawFlows(architecture: Architecture): { drawn: string; flows: Flow[] } {
  const routes = [...requestRoutes(architecture), ...careRoutes(architecture)].filter(
    (route) => route !== undefined,
  );
  const arrows = routes.flatMap(({ arrows }) => arrows.map(({ points, both }) => arrow(points, both)));
  const marks = routes.map(({ badges, label }, index) =>
    [
      ...badges.map(([x, y]) => badge(x, y, index + 1)),
      ...badges
        .slice(0, label ? 1 : 0)
        .map(([x, y]) =>
          words(x + 15, y + (label?.above ? -7 : 4), label?.text ?? "", { look: "label", size: 11.5 }),
        ),
    ].join(""),
  );
  return {
    // Numbers last: no line may run over one.
    drawn: [...arrows, ...marks].join("\n"),
    flows: routes.map(({ text }, index) => ({ number: index + 1, text })),
  };
}
