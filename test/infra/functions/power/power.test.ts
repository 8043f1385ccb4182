import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { switchPower } from "../../../../infra/functions/power/power.ts";
import { makeLog } from "../../../../infra/functions/shared/log.ts";
import { startControlPlane } from "./control-plane.ts";

const plane = await startControlPlane();
afterAll(() => plane.stop());

const deployment = "/apis/apps/v1/namespaces/bulwark/deployments/api/scale";
const pool = "/apis/karpenter.sh/v1/nodepools/bulwark/scale";
const settings = {
  CLUSTER_NAME: "bulwark-staging-cluster",
  CLUSTER_ENDPOINT: plane.endpoint,
  CLUSTER_CA: Buffer.from(plane.ca).toString("base64"),
  NAMESPACE: "bulwark",
  DEPLOYMENT: "api",
  REPLICAS: 2,
  NODE_POOL: "bulwark",
  NODES: 1,
};
const lines: string[] = [];
const log = makeLog("power", (line) => lines.push(line));
const cluster = { endpoint: plane.endpoint, ca: plane.ca, token: "k8s-aws-v1.token" };
const to = (state: string) => switchPower({ to: state }, settings, cluster, log);

beforeEach(() => {
  plane.asked.length = 0;
  plane.scales.clear();
  plane.scales.set(deployment, 2).set(pool, 1);
});

describe("S14 putting an environment to sleep", () => {
  it("S14 takes the pods away first, then the nodes", async () => {
    expect(await to("asleep")).toEqual({ to: "asleep", replicas: 0, nodes: 0 });
    expect(plane.asked.map(({ method, path, body }) => ({ method, path, body }))).toEqual([
      { method: "PATCH", path: deployment, body: { spec: { replicas: 0 } } },
      { method: "PATCH", path: pool, body: { spec: { replicas: 0 } } },
    ]);
  });

  it("S14 is safe to repeat", async () => {
    await to("asleep");
    await to("asleep");
    expect([...plane.scales.values()]).toEqual([0, 0]);
  });

  it("S14 shows its token, and says what it sends", async () => {
    await to("asleep");
    for (const { authorization, type } of plane.asked) {
      expect(authorization).toBe("Bearer k8s-aws-v1.token");
      expect(type).toBe("application/merge-patch+json");
    }
  });
});

describe("S14 waking an environment", () => {
  it("S14 brings the nodes back, and the replicas of the configuration", async () => {
    await to("asleep");
    expect(await to("awake")).toEqual({ to: "awake", replicas: 2, nodes: 1 });
    expect(Object.fromEntries(plane.scales)).toEqual({ [deployment]: 2, [pool]: 1 });
  });

  it("S14 leaves the autoscaler's replicas to one that is awake", async () => {
    plane.scales.set(deployment, 4);
    expect(await to("awake")).toEqual({ to: "awake", replicas: 4, nodes: 1 });
    expect(plane.scales.get(deployment)).toBe(4);
  });
});

describe("S14 what can go wrong", () => {
  it("S14 a refusal is told in the cluster's own words", async () => {
    plane.scales.delete(pool);
    await expect(to("asleep")).rejects.toMatchObject({
      reason: "cluster-refused",
      message: `PATCH ${pool} answered 403: ${pool} is forbidden`,
    });
  });

  it.each([undefined, {}, { to: "bed" }])("S14 an event that says neither is refused: %j", async (event) => {
    await expect(switchPower(event, settings, cluster, log)).rejects.toMatchObject({ reason: "bad-event" });
    expect(plane.asked).toEqual([]);
  });

  it("S14 a server that another authority vouches for gets no token", async () => {
    const foreign = { ...cluster, ca: "" };
    await expect(switchPower({ to: "asleep" }, settings, foreign, log)).rejects.toMatchObject({
      code: expect.stringMatching(/CERT|SELF_SIGNED|UNABLE/),
    });
    expect(plane.asked).toEqual([]);
  });

  it("S14 the log says what was done, and no token", () => {
    expect(lines.join()).toContain('"message":"awake"');
    expect(lines.join()).not.toContain("k8s-aws-v1");
  });
});
