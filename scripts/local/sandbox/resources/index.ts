import { randomInt } from "node:crypto";
import { z } from "zod";
import { type ResourceRequest, type ResourceResult, shapedResource } from "../../../plan/monitor/index.ts";
import type { Sandbox } from "../sandbox.ts";
import { dataProvisioners } from "./data.ts";
import { functionProvisioners } from "./functions.ts";
import { outputs, type Provisioner, properties } from "./provisioner.ts";
import { remember, secretProvisioners } from "./secrets.ts";
import { workloadProvisioners } from "./workload.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Really random, once; the plan's made-up one would be the same on every machine. */
const randomPassword: Provisioner = async (registration) => {
  const { request, sandbox } = registration;
  const known = sandbox.state.current.remembered.generated[request.urn];
  if (known) return outputs(registration, known.state);
  const { length } = properties(registration, z.object({ length: z.number() }));
  const result = Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
  remember(registration, undefined, { result });
  return outputs(registration, { result });
};

/** Types that are made real on this machine. Everything else is taken note of, with made-up outputs. */
const provisioners: Record<string, Provisioner> = {
  ...dataProvisioners,
  ...secretProvisioners,
  ...functionProvisioners,
  ...workloadProvisioners,
  "random:index/randomPassword:RandomPassword": randomPassword,
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
