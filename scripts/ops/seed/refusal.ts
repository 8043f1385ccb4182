import { refusal } from "../../cli/errors.ts";
import { repositoryRoot } from "../../local/servers/index.ts";
import { readProject } from "../../plan/monitor/project.ts";
import type { AccessOptions } from "../database/access.ts";

const allowed: readonly unknown[] = ["sandbox", "staging"];

/**
 * Production's data are its users': made-up bookings would take their slots. In a sandbox of this machine any environment may be filled.
 * @throws CommandError: exit code 2
 */
export const refuseProduction = ({ environment, local }: AccessOptions): void => {
  const tier = readProject(repositoryRoot, environment).config["bulwark:tier"];
  if (local || allowed.includes(tier)) return;
  throw refusal(
    `${environment} is of the tier ${tier ?? "production"} (bulwark:tier): made-up bookings are for ${allowed.join(" and ")} only, or for ${environment} in a sandbox (--in-sandbox).`,
  );
};
