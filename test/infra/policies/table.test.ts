import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
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

  // A rule about a type that there is not would hold for everything.
  it("are about types that the AWS provider has", () => {
    const types = new Set(
      rules.flatMap(({ types: all }) => all).filter((type) => !type.startsWith("kubernetes:")),
    );
    const unknown = [...types].filter((type) => {
      const [, file] = /^aws:(\w+\/\w+):\w+$/.exec(type) ?? [];
      return (
        file === undefined || !existsSync(fileURLToPath(import.meta.resolve(`@pulumi/aws/${file}.d.ts`)))
      );
    });
    // Tags are asked of every resource.
    expect(unknown).toEqual(["aws:*"]);
  });
});
