import { describe, expect, it } from "vitest";
import { exceptionFor } from "../../../../scripts/ops/lint-manifests/exceptions.ts";

describe("S9 findings of the manifests' linters", () => {
  it("S9 stay where the exception names the rule and the object", () => {
    const rule = "deployment-targeted-by-hpa-does-not-have-replicas-configured";
    expect(exceptionFor({ rule, object: "Deployment api" })).toBeDefined();
    expect(exceptionFor({ rule, object: "Deployment other" })).toBeUndefined();
    expect(exceptionFor({ rule: "CKV_K8S_40", object: "Job migrate-0123456789" })).toBeDefined();
    expect(exceptionFor({ rule: "CKV_K8S_16", object: "Deployment api" })).toBeUndefined();
  });
});
