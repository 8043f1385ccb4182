import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { at } from "../infra/support/plan.ts";
import { InstalledEnvironment, patience } from "./support/cluster.ts";

let staging: InstalledEnvironment;
beforeAll(async () => {
  staging = await InstalledEnvironment.install("staging");
  await staging.rolledOut(2);
}, patience);
afterAll(() => staging.remove(), patience);

const userOf = (namespace: string, account: string) => `system:serviceaccount:${namespace}:${account}`;
const groupsOf = (namespace: string) =>
  ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"].join(",");

const reviewSchema = z.object({
  status: z.object({
    resourceRules: z.array(z.looseObject({ verbs: z.array(z.string()) })),
    nonResourceRules: z.array(z.object({ nonResourceURLs: z.array(z.string()) })),
  }),
});

/** `kubectl auth can-i --list --as …` */
async function rightsOf(namespace: string, account: string) {
  const { body } = await staging.api.request(
    "POST",
    "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
    { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview", spec: { namespace: "bulwark" } },
    { "impersonate-user": userOf(namespace, account), "impersonate-group": "system:authenticated" },
  );
  const rules = reviewSchema.parse(body).status;
  const sorted = (all: unknown[]) => all.map((rule) => JSON.stringify(rule)).sort();
  return {
    resources: sorted(rules.resourceRules),
    verbs: new Set(rules.resourceRules.flatMap(({ verbs }) => verbs)),
    paths: new Set(rules.nonResourceRules.flatMap(({ nonResourceURLs }) => nonResourceURLs).sort()),
  };
}

/** `kubectl auth can-i` */
async function may(account: string, verb: string, resource: string, group = ""): Promise<unknown> {
  const { body } = await staging.api.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: {
      user: userOf("bulwark", account),
      groups: groupsOf("bulwark").split(","),
      resourceAttributes: { namespace: "bulwark", verb, resource, group },
    },
  });
  return at(body, "status.allowed");
}

describe.each(["api", "migrate"])("S9 the rights of the ServiceAccount %s", (account) => {
  it("S9 are those of any stranger who is logged in, and nothing more", async () => {
    const rights = await rightsOf("bulwark", account);
    expect(rights).toEqual(await rightsOf("nowhere", "stranger"));
    // To ask about oneself is to create a review.
    expect(rights.verbs).toEqual(new Set(["create"]));
    expect(rights.resources.join()).not.toMatch(/secrets|pods|deployments|"\*"/);
  });

  it.each([
    ["get", "secrets"],
    ["list", "pods"],
    ["create", "pods"],
    ["create", "pods/exec"],
    ["get", "configmaps"],
    ["create", "serviceaccounts/token"],
    ["patch", "deployments", "apps"],
    ["impersonate", "users"],
    ["*", "*", "*"],
  ])("S9 do not hold: %s %s", async (verb, resource, group = "") => {
    expect(await may(account, verb, resource, group)).toBe(false);
  });
});

describe("S9 the pods of the API", () => {
  it("S9 hold no token", async () => {
    const pods = await staging.pods();
    expect(pods).toHaveLength(2);
    for (const pod of pods) {
      expect(at(pod, "spec.serviceAccountName")).toBe("api");
      expect(JSON.stringify(at(pod, "spec.volumes"))).toBe(
        '[{"name":"tmp","emptyDir":{"sizeLimit":"64Mi"}}]',
      );
    }
  });
});
