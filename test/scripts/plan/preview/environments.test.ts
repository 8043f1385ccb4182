import { beforeAll, describe, expect, it } from "vitest";
import { type ProgramRun, stacksIn } from "../../../../scripts/plan/monitor/index.ts";
import { planning, planOf } from "../../../infra/support/plan.ts";
import { type } from "./support.ts";

const environments = stacksIn(new URL("../../../..", import.meta.url).pathname);

const urnsOf = ({ resources }: ProgramRun) => resources.map(({ urn }) => urn).sort();

describe.each(environments)("S1 the program for %s", (stack) => {
  let planned: ProgramRun;
  beforeAll(async () => {
    planned = (await planOf(stack)).run;
  }, planning);

  it("S1 has every value it needs: nothing is unknown, undefined or a printed promise", () => {
    const { resources, outputs } = planned;
    const texts = resources.map(({ name, inputs }) => `${name} ${JSON.stringify(inputs)}`);
    const wrong = [...texts, JSON.stringify(outputs)].filter((text) =>
      /\[unknown\]|undefined|\[object |Calling \[toString\]/.test(text),
    );
    expect(wrong).toEqual([]);
    expect(resources.length).toBeGreaterThan(100);
  });

  it("S1 makes the same resources in an update as in a preview", async () => {
    const { run: update } = await planOf(stack, {}, "update");
    expect(urnsOf(update)).toEqual(urnsOf(planned));
  });

  it("S1 keeps every resource in a component", () => {
    const [root] = planned.resources;
    const loose = planned.resources.filter(({ component, parent }) => !component && parent === root?.urn);
    expect(loose.map(({ urn }) => urn)).toEqual([]);
  });
});

describe("S1 a configuration that must not be deployed", () => {
  it.each([
    [
      "mistyped",
      { "network.natGateways": "9", "bulwark:database.colour": "blue", "workload.replicas": '"three"' },
    ],
    [
      "unsafe",
      { "database.deletionProtection": "false", "cache.multiAz": "false", "backup.vaultLock": "false" },
    ],
  ])(
    "S1 leaves with 2 and tells all that is %s and how to fix each, before anything is registered",
    async (_, values) => {
      const given = Object.entries(values).flatMap(([key, value]) => ["--config", `${key}=${value}`]);
      const { code, out, error } = await type(["production", ...given]);
      expect(code).toBe(2);
      expect(out).toBe("");
      for (const key of Object.keys(values)) {
        const path = key.replace("bulwark:", "");
        expect(error).toContain(`bulwark:${path} is `);
        expect(error).toMatch(new RegExp(`^     (leave out )?--config ${path}`, "m"));
      }
      expect(error).not.toMatch(/\n\s+at /);
    },
  );

  it("S1 lists the environments there are for a misspelt one", async () => {
    const { code, error } = await type(["prod"]);
    expect(code).toBe(2);
    expect(error).toContain(`Environments: ${environments.join(", ")}.`);
  });
});
