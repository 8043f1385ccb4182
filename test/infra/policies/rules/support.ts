import { describe, expect, it } from "vitest";
import { evaluate } from "../../../../infra/policies/evaluate.ts";
import type { ResourceData } from "../../../../infra/policies/resource.ts";
import type { Rule } from "../../../../infra/policies/types.ts";

type Inputs = Record<string, unknown>;
/** The resource under a rule's eye, with others that its plan holds besides. */
type Case = Inputs | Detailed;
interface Detailed {
  inputs: Inputs;
  type?: string;
  ignoreChanges?: readonly string[];
  beside?: readonly Other[];
}
/** A resource beside it: made from it, or (`source`) what it is made from. */
interface Other {
  type: string;
  inputs?: Inputs;
  source?: boolean;
}
/** What a rule lets pass, and what it finds. */
export interface Proof {
  passes: readonly Case[];
  fails: readonly Case[];
}

/** A message about `it`, without a gap where a part of it is missing. */
const sentence = /^it \w(?!.*(\s\s|\s[,.]|\s:?$|\s:\s))/;

const urnOf = (type: string, name: string) => `urn:pulumi:test::bulwark::${type}::${name}`;

/** Proves each rule of a concern by cases that pass and cases that fail; a rule without both is a failure of its own. */
export function proveRules(
  concern: string,
  rules: readonly Rule[],
  proofs: Readonly<Record<string, Proof>>,
): void {
  describe(`S12 guardrails: ${concern}`, () => {
    it("has cases for every rule, and for none that is not there", () => {
      expect(Object.keys(proofs).sort()).toEqual(rules.map(({ id }) => id).sort());
    });
    for (const rule of rules) {
      const { passes, fails } = proofs[rule.id] ?? { passes: [], fails: [] };
      it(`${rule.id} lets pass what keeps it (${passes.length})`, () => {
        expect(passes.length).toBeGreaterThan(0);
        for (const given of passes) expect(findings(rule, given), JSON.stringify(given)).toEqual([]);
      });
      it(`${rule.id} finds what breaks it (${fails.length}), names it and says how to fix it`, () => {
        expect(fails.length).toBeGreaterThan(0);
        for (const given of fails) {
          expect(findings(rule, given), JSON.stringify(given)).toEqual([
            expect.objectContaining({
              rule: rule.id,
              status: "violation",
              name: "it",
              message: expect.stringMatching(sentence),
              fix: expect.stringMatching(/\w/),
            }),
          ]);
        }
      });
    }
  });
}

function findings(rule: Rule, given: Case) {
  return evaluate(
    planOf(rule, given),
    { stack: "test", today: "2026-11-21" },
    { rules: [rule], exceptions: [] },
  ).filter(({ name }) => name === "it");
}

function planOf(rule: Rule, given: Case): ResourceData[] {
  const { inputs, type = rule.types[0] ?? "", ignoreChanges = [], beside = [] } = detailed(given);
  const urn = urnOf(type, "it");
  const others = beside.map((other, index) => ({
    ...other,
    name: `beside-${index}`,
    urn: urnOf(other.type, `beside-${index}`),
  }));
  return [
    {
      urn,
      type,
      name: "it",
      inputs,
      ignoreChanges,
      dependencies: others.filter(({ source }) => source).map((other) => other.urn),
    },
    ...others.map((other) => ({
      urn: other.urn,
      type: other.type,
      name: other.name,
      inputs: other.inputs ?? {},
      dependencies: other.source ? [] : [urn],
    })),
    // Something unrelated, so that the plan knows of relations at all.
    {
      urn: urnOf("test:a", "a"),
      type: "test:a",
      name: "a",
      inputs: {},
      dependencies: [urnOf("test:b", "b")],
    },
  ];
}

const detailed = (given: Case): Detailed => (isDetailed(given) ? given : { inputs: given });
const isDetailed = (given: Case): given is Detailed => "inputs" in given;

/** A policy document with these statements, as text. */
export const policy = (...Statement: object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement });
