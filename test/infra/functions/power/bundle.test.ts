import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, describe, expect, it } from "vitest";
import type { PowerEnv } from "../../../../infra/functions/power/env.ts";
import { bundledFunction } from "../../../../infra/lib/bundle.ts";
import { temporaryFolder } from "../../../../scripts/local/servers/index.ts";
import { startControlPlane } from "./control-plane.ts";

const runtime = fileURLToPath(
  new URL("../../../../scripts/local/sandbox/lambda-runtime.mjs", import.meta.url),
);
const plane = await startControlPlane();
const folder = temporaryFolder("power-bundle");
const code = (await bundledFunction("power").assets)["index.mjs"];
if (!(code instanceof pulumi.asset.StringAsset)) throw new Error("the bundle is not one text");
writeFileSync(`${folder.path}/index.mjs`, await code.text);
afterAll(async () => {
  await plane.stop();
  folder.remove();
});

const environment: PowerEnv = {
  CLUSTER_NAME: "bulwark-staging-cluster",
  CLUSTER_ENDPOINT: plane.endpoint,
  CLUSTER_CA: Buffer.from(plane.ca).toString("base64"),
  NAMESPACE: "bulwark",
  DEPLOYMENT: "api",
  REPLICAS: "2",
  NODE_POOL: "bulwark",
  NODES: "1",
};
const lambda = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "only-for-tests",
  AWS_SESSION_TOKEN: "session",
};

/** Runs the bundle once as Lambda would, with nothing but its own environment. */
async function invoke(event: unknown, env: Record<string, string>) {
  const child = fork(runtime, [folder.path, "index.handler"], { env, execArgv: [], silent: true });
  try {
    child.send({ requestId: "1", event, deadline: Date.now() + 10_000 });
    const [answer] = await once(child, "message");
    return answer;
  } finally {
    child.kill("SIGKILL");
  }
}

describe("S14 the power switch as it is deployed", () => {
  it("S14 finds the control plane and signs in with its role's credentials", async () => {
    plane.scales.set("/apis/apps/v1/namespaces/bulwark/deployments/api/scale", 2);
    plane.scales.set("/apis/karpenter.sh/v1/nodepools/bulwark/scale", 1);
    const answer = await invoke({ to: "asleep" }, { ...environment, ...lambda });
    expect(answer).toMatchObject({ result: { to: "asleep", replicas: 0, nodes: 0 } });
    expect([...plane.scales.values()]).toEqual([0, 0]);
    expect(plane.asked[0]?.authorization).toMatch(/^Bearer k8s-aws-v1\./);
  });

  it("S14 says when it has no credentials, and when its environment is wrong", async () => {
    const { AWS_ACCESS_KEY_ID: _, ...without } = lambda;
    expect(await invoke({ to: "awake" }, { ...environment, ...without })).toMatchObject({
      error: { message: expect.stringContaining("AWS_ACCESS_KEY_ID is missing") },
    });
    expect(await invoke({ to: "awake" }, { ...environment, ...lambda, NODES: "none" })).toMatchObject({
      error: { message: expect.stringContaining("NODES: must be a whole number") },
    });
  });

  it("S14 a control plane that nobody answers for is told as such, by code alone", async () => {
    const nowhere = { ...environment, ...lambda, CLUSTER_ENDPOINT: "https://localhost:1" };
    expect(await invoke({ to: "asleep" }, nowhere)).toMatchObject({
      error: { message: "the connection failed with ECONNREFUSED" },
    });
  });
});
