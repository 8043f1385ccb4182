import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { controls, outsideThePlan } from "../../../infra/policies/controls.ts";
import { rules } from "../../../infra/policies/rules.ts";
import { coveredBy, guardrailsPage } from "../../../scripts/plan/pages/guardrails.ts";

describe("S12 coverage of published controls", () => {
  it.each(controls.map((control) => [control]))(
    "%s is covered by a rule, or it is written down why not",
    (control) => {
      expect(coveredBy(control).length > 0).toBe(!(control in outsideThePlan));
    },
  );

  it("claims no control that is not in the list, and lists none twice", () => {
    expect(
      rules.flatMap(({ controls: covered }) => covered).filter((control) => !controls.includes(control)),
    ).toEqual([]);
    expect(new Set(controls).size).toBe(controls.length);
  });

  it("is shown on a page that is current; npm run pages writes it anew", () => {
    expect(readFileSync(new URL("../../../docs/guardrails.md", import.meta.url), "utf8")).toBe(
      guardrailsPage(),
    );
  });
});

describe("S12 the rules", () => {
  it("have names of their own, say what holds, and how to fix what does not", () => {
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    for (const { id, title, fix, types } of rules) {
      expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(title).not.toMatch(/\.$/);
      expect(fix).toMatch(/\w/);
      expect(types.length).toBeGreaterThan(0);
    }
  });
});
