import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { switchPower } from "../../infra/functions/power/power.ts";
import { clusterToken } from "../../infra/functions/power/token.ts";
import { makeLog } from "../../infra/functions/shared/log.ts";
import { at } from "../infra/support/plan.ts";
import { eventually } from "../support/eventually.ts";
import { type Authenticator, authenticatorFor } from "./support/authenticator.ts";
import { InstalledEnvironment, patience } from "./support/cluster.ts";

const group = "bulwark:power";
const settings = {
  CLUSTER_NAME: "bulwark-staging-cluster",
  CLUSTER_ENDPOINT: "https://localhost",
  CLUSTER_CA: "-",
  NAMESPACE: "bulwark",
  DEPLOYMENT: "api",
  REPLICAS: 2,
  NODE_POOL: "bulwark",
  NODES: 1,
};
const log = makeLog("power", () => undefined);

let staging: InstalledEnvironment;
let authenticator: Authenticator;
let token: string;
beforeAll(async () => {
  staging = await InstalledEnvironment.install("staging");
  authenticator = await authenticatorFor(group, inject("controlPlane"));
  const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "only-for-tests" };
  token = await clusterToken(settings.CLUSTER_NAME, "us-east-1", credentials);
  await staging.rolledOut(2);
}, patience);
afterAll(async () => {
  await authenticator.stop();
  await staging.remove();
}, patience);

const turn = (to: "awake" | "asleep") =>
  switchPower({ to }, settings, { endpoint: authenticator.endpoint, ca: authenticator.ca, token }, log);
const nodes = async () => at(await staging.current("NodePool"), "spec.replicas");
const remaining = async (count: number) =>
  eventually(async () => expect(await staging.pods()).toHaveLength(count), patience);

describe("S14 the power switch on a real control plane, with its own rights", () => {
  it("S14 puts pods and nodes to sleep, and the autoscaler with them", async () => {
    expect(await turn("asleep")).toEqual({ to: "asleep", replicas: 0, nodes: 0 });
    await remaining(0);
    expect(await nodes()).toBe(0);
    await eventually(async () => {
      const conditions = at(await staging.current("HorizontalPodAutoscaler"), "status.conditions");
      expect(conditions).toContainEqual(
        expect.objectContaining({ type: "ScalingActive", status: "False", reason: "ScalingDisabled" }),
      );
    }, patience);
    expect(at(await staging.current("Deployment"), "spec.replicas")).toBe(0);
  });

  it("S14 wakes them as the configuration has them", async () => {
    expect(await turn("awake")).toEqual({ to: "awake", replicas: 2, nodes: 1 });
    expect(await nodes()).toBe(1);
    await staging.rolledOut(2);
  });

  it("S14 is told by the server itself where its rights end", async () => {
    const beyond = { ...settings, DEPLOYMENT: "another" };
    await expect(
      switchPower(
        { to: "asleep" },
        beyond,
        { endpoint: authenticator.endpoint, ca: authenticator.ca, token },
        log,
      ),
    ).rejects.toMatchObject({
      reason: "cluster-refused",
      message: expect.stringMatching(/403: deployments\.apps "another" is forbidden/),
    });
  });
});

/** `kubectl auth can-i --as-group bulwark:power` */
async function may(verb: string, resource: string, api: string, name = "", namespace = "") {
  const [kind, subresource = ""] = resource.split("/");
  const { body } = await staging.api.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: {
      user: "power",
      groups: [group, "system:authenticated"],
      resourceAttributes: { namespace, verb, resource: kind, subresource, group: api, name },
    },
  });
  return at(body, "status.allowed");
}

describe("S14 the rights of the power switch", () => {
  it.each([
    ["get", "deployments/scale", "apps", "api", "bulwark"],
    ["patch", "deployments/scale", "apps", "api", "bulwark"],
    ["get", "nodepools/scale", "karpenter.sh", "bulwark", ""],
    ["patch", "nodepools/scale", "karpenter.sh", "bulwark", ""],
  ])("S14 hold: %s %s", async (verb, resource, api, name, namespace) => {
    expect(await may(verb, resource, api, name, namespace)).toBe(true);
  });

  it.each([
    ["patch", "deployments", "apps", "api", "bulwark"],
    ["get", "deployments", "apps", "api", "bulwark"],
    ["update", "deployments/scale", "apps", "api", "bulwark"],
    ["patch", "deployments/scale", "apps", "another", "bulwark"],
    ["patch", "deployments/scale", "apps", "metrics-server", "kube-system"],
    ["patch", "nodepools", "karpenter.sh", "bulwark", ""],
    ["patch", "nodepools/scale", "karpenter.sh", "general-purpose", ""],
    ["delete", "nodes", "", "any", ""],
    ["get", "secrets", "", "any", "bulwark"],
    ["list", "pods", "", "", "bulwark"],
    ["create", "pods", "", "", "bulwark"],
    ["*", "*", "*", "", ""],
  ])("S14 do not hold: %s %s %s %s", async (verb, resource, api, name, namespace) => {
    expect(await may(verb, resource, api, name, namespace)).toBe(false);
  });
});
