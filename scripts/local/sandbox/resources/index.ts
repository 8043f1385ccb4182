import { type ResourceRequest, type ResourceResult, shapedResource } from "../../../plan/monitor/index.ts";
import type { Sandbox } from "../sandbox.ts";
import { dataProvisioners } from "./data.ts";
import { functionProvisioners } from "./functions.ts";
import type { Provisioner } from "./provisioner.ts";
import { secretProvisioners } from "./secrets.ts";
import { workloadProvisioners } from "./workload.ts";

/** Types that are made real on this machine. Everything else is taken note of, with made-up outputs. */
const provisioners: Record<string, Provisioner> = {
  ...dataProvisioners,
  ...secretProvisioners,
  ...functionProvisioners,
  ...workloadProvisioners,
};

/** What the in-process monitor calls for each resource that the program registers. */
export const provisionIn =
  (sandbox: Sandbox, onRegistered: () => void) =>
  async (request: ResourceRequest): Promise<ResourceResult> => {
    onRegistered();
    const shaped = shapedResource(request);
    const provision = provisioners[request.type];
    return provision ? await provision({ request, shaped, sandbox }) : shaped;
  };
