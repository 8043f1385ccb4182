import { expect, it } from "vitest";
import { freePort } from "../../scripts/local/servers/index.ts";
import { eventually } from "../support/index.ts";
import { withApiFixture } from "./support/fixture.ts";
import { podEnvironment, run, withImage } from "./support/process.ts";

const fixture = await withApiFixture();
const image = await withImage();

it("A16 A21 the worker is a process of its own: ready on its management port, gone with exit 0 after SIGTERM", async () => {
  const MANAGEMENT_PORT = String(await freePort());
  const worker = run(image.worker, podEnvironment(fixture, { MANAGEMENT_PORT }));
  await eventually(async () => {
    expect(worker.process.exitCode, worker.stderr()).toBeNull();
    expect((await fetch(`${worker.management}/health/ready`)).status).toBe(200);
  }, 10_000);
  expect(await (await fetch(`${worker.management}/status`)).json()).toMatchObject({
    service: "bulwark-worker",
    status: "ready",
    secrets: { "db-app": {}, cache: {}, webhooks: {} },
  });
  worker.process.kill("SIGTERM");
  expect(await worker.ended).toBe(0);
  expect(worker.stderr()).toBe("");
});
