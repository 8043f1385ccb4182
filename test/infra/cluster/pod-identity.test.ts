import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { at, type Plan, planning, planOf, type Statement, statementsOf } from "../support/plan.ts";

const rights = async (component: string) => {
  const plan = await planOf("production");
  const name = `workload-${component}-identity`;
  return {
    trust: statementsOf(plan.one("aws:iam/role:Role", name).inputs.assumeRolePolicy),
    policy: statementsOf(plan.one("aws:iam/rolePolicy:RolePolicy", name).inputs.policy),
    association: plan.one("aws:eks/podIdentityAssociation:PodIdentityAssociation", name).inputs,
  };
};
const purposes = (statement: Statement | undefined) =>
  [statement?.Resource ?? []].flat().map((arn) => /secret:bulwark\/production\/(.+)-\w{6}$/.exec(arn)?.[1]);

/** A Job's name ends with its fingerprint. */
const podsOf = (plan: Plan, kind: string, component: string) =>
  plan.object(kind, kind === "Job" ? undefined : component);

beforeAll(() => planOf("production"), planning);

describe("S8 pod identity", () => {
  it.each(["api", "worker", "migrate"])(
    "S8 trusts the pods of %s of this cluster alone",
    async (component) => {
      const { trust, association } = await rights(component);
      expect(trust).toHaveLength(1);
      expect(trust[0]).toMatchObject({
        Principal: { Service: "pods.eks.amazonaws.com" },
        Action: ["sts:AssumeRole", "sts:TagSession"],
        Condition: {
          StringEquals: {
            "aws:RequestTag/eks-cluster-arn": expect.stringContaining(":cluster/bulwark-production-"),
            "aws:RequestTag/kubernetes-namespace": "bulwark",
            "aws:RequestTag/kubernetes-service-account": component,
          },
        },
      });
      expect(association).toMatchObject({ namespace: "bulwark", serviceAccount: component });
    },
  );

  it("S6 lets the API read its own secrets: not the schema's owner, not the monitor", async () => {
    const { policy } = await rights("api");
    expect(purposes(policy[0])).toEqual(["db-app", "cache", "jwt", "app-keys", "twilio", "webhooks"]);
  });

  it.each([
    ["Deployment", "api"],
    ["Deployment", "worker"],
    ["Job", "migrate"],
  ] as const)(
    "S6 S7 lets the pods of the %s read the secrets that their environment names, no other",
    async (kind, component) => {
      const plan = await planOf("production");
      const { policy } = await rights(component);
      const variables = z
        .array(z.looseObject({ name: z.string(), value: z.string().optional() }))
        .parse(at(podsOf(plan, kind, component).inputs, "spec.template.spec.containers.0.env"));
      const named = variables.filter(({ name }) => name.endsWith("_SECRET_ID")).map(({ value }) => value);
      expect(named.toSorted()).toEqual([policy[0]?.Resource ?? []].flat().toSorted());
    },
  );

  it("S6 lets the migrations read the migrator's secret alone", async () => {
    const { policy } = await rights("migrate");
    expect(purposes(policy[0])).toEqual(["db-migrator"]);
  });

  it.each(["api", "worker", "migrate"])(
    "S6 gives %s nothing but reading, no wildcard, the key only for these secrets",
    async (component) => {
      const { policy } = await rights(component);
      expect(policy).toHaveLength(2);
      const [read, decrypt] = policy;
      expect(read?.Action).toBe("secretsmanager:GetSecretValue");
      expect(decrypt?.Action).toBe("kms:Decrypt");
      expect(JSON.stringify(policy)).not.toContain("*");
      expect(decrypt?.Condition?.StringEquals).toEqual({
        "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com",
        "kms:EncryptionContext:SecretARN": read?.Resource,
      });
    },
  );

  it("S6 is there before the pods that need it", async () => {
    const plan = await planOf("production");
    for (const [kind, component] of [
      ["Deployment", "api"],
      ["Deployment", "worker"],
      ["Job", "migrate"],
    ] as const) {
      const pods = podsOf(plan, kind, component);
      const name = `workload-${component}-identity`;
      expect(plan.waitsFor(pods, plan.one("aws:iam/rolePolicy:RolePolicy", name))).toBe(true);
      expect(
        plan.waitsFor(pods, plan.one("aws:eks/podIdentityAssociation:PodIdentityAssociation", name)),
      ).toBe(true);
    }
  });
});
