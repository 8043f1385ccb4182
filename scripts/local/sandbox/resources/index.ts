import { randomInt } from "node:crypto";
import { z } from "zod";
import { type ResourceRequest, type ResourceResult, shapedResource } from "../../../plan/monitor/index.ts";
import type { Sandbox } from "../sandbox.ts";
import { dataRealisers } from "./data.ts";
import { functionRealisers } from "./functions.ts";
import { outputs, properties, type Realiser } from "./realiser.ts";
import { remember, secretRealisers } from "./secrets.ts";
import { workloadRealisers } from "./workload.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Really random, once; the plan's made-up one would be the same on every machine. */
const randomPassword: Realiser = async (asked) => {
  const { request, sandbox } = asked;
  const known = sandbox.state.current.remembered.generated[request.urn];
  if (known) return outputs(asked, known.state);
  const { length } = properties(asked, z.object({ length: z.number() }));
  const result = Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join("");
  remember(asked, undefined, { result });
  return outputs(asked, { result });
};

/** Types that are made real on this machine. Everything else is taken note of, with made-up outputs. */
const realisers: Record<string, Realiser> = {
  ...dataRealisers,
  ...secretRealisers,
  ...functionRealisers,
  ...workloadRealisers,
  "random:index/randomPassword:RandomPassword": randomPassword,
};

/** What the in-process monitor calls for each resource that the program registers. */
export const realiseIn =
  (sandbox: Sandbox, onRegistered: () => void) =>
  async (request: ResourceRequest): Promise<ResourceResult> => {
    onRegistered();
    const shaped = shapedResource(request);
    const realise = realisers[request.type];
    return realise ? await realise({ request, shaped, sandbox }) : shaped;
  };
