import * as z from "zod";
import { repositoryRoot } from "../../local/servers/index.ts";
import { readProject } from "../../plan/monitor/project.ts";

const workload = z.object({
  env: z.object({ SECRETS_REFRESH_SECONDS: z.coerce.number().default(300) }).prefault({}),
});

/** How often the environment's API reads its secrets again, seconds. */
export const refreshSecondsOf = (stack: string): number => {
  const { config } = readProject(repositoryRoot, stack);
  return workload.parse(JSON.parse(config["bulwark:workload"] ?? "{}")).env.SECRETS_REFRESH_SECONDS;
};
