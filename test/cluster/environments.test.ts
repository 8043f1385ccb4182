import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { environments } from "../infra/support/configuration.ts";
import { at } from "../infra/support/plan.ts";
import { eventually } from "../support/eventually.ts";
import { InstalledEnvironment, patience } from "./support/cluster.ts";

describe.each(environments)("S9 the manifests of %s on a real control plane", (stack) => {
  let installed: InstalledEnvironment;
  beforeAll(async () => {
    installed = await InstalledEnvironment.install(stack);
  }, patience);
  afterAll(() => installed.remove(), patience);

  it("S9 are accepted without a warning, no field unknown", () => {
    expect(installed.warnings).toEqual([]);
    expect(installed.manifests.length).toBeGreaterThan(20);
  });

  it("S9 migrate, and bring up as many replicas as configured", async () => {
    const replicas = Number(at(installed.manifest("Deployment"), "spec.replicas"));
    await installed.rolledOut(replicas);
    expect(at(await installed.current("Job"), "status.succeeded")).toBe(1);
  });

  it("S9 leave nothing to change when they are applied again", async () => {
    for (const manifest of installed.manifests) {
      const before = await installed.api.get(await installed.api.pathOf(manifest));
      const { object } = await installed.api.apply(manifest);
      // The status moves on by itself; a generation only with the specification.
      expect.soft(at(object, "metadata.generation"), manifest.kind).toBe(at(before, "metadata.generation"));
      expect.soft(object.spec, manifest.kind).toEqual(before.spec);
    }
  });

  it("S9 hold admission policies whose every expression fits the types it judges", async () => {
    const policies = installed.manifests.filter(({ kind }) => kind === "ValidatingAdmissionPolicy");
    expect(policies.length).toBeGreaterThan(2);
    for (const policy of policies) {
      const checked = await eventually(async () => {
        const current = await installed.api.get(await installed.api.pathOf(policy));
        expect(at(current, "status.observedGeneration")).toBe(at(current, "metadata.generation"));
        return current;
      }, patience);
      expect(at(checked, "status.typeChecking.expressionWarnings")).toBeUndefined();
    }
  });
});
