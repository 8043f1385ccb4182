import { readFileSync } from "node:fs";
import { operatorAccess, runningEnvironment } from "../../local/sandbox/running.ts";
import { repositoryRoot } from "../../local/servers/index.ts";
import { readProject } from "../../plan/monitor/project.ts";
import { type AwsAccess, awsAccess } from "../aws-access.ts";

/** Where an environment's secrets and keys are, and whom its servers' certificates are checked against. */
export interface EnvironmentAccess {
  environment: string;
  /** For a person: `AWS, eu-west-1`. */
  where: string;
  aws: AwsAccess;
  /** PEM texts of authorities besides those of RDS and the public ones. */
  authorities: readonly string[];
}

export interface AccessOptions {
  environment: string;
  /** Whether the environment runs in the sandbox of this machine instead of in AWS. */
  local: boolean;
  /** Folder of the sandbox. */
  stateDir: string;
}

/** @throws CommandError: exit code 2 without such an environment, 3 when the sandbox does not run */
export const accessTo = (options: AccessOptions): EnvironmentAccess => {
  const { config } = readProject(repositoryRoot, options.environment);
  if (options.local) return sandboxAccess(options);
  const { environment } = options;
  const aws = awsAccess(config, environment);
  return { environment, where: `AWS, ${aws.region}`, aws, authorities: [] };
};

const sandboxAccess = ({ stateDir, environment }: AccessOptions): EnvironmentAccess => {
  const { home, running } = runningEnvironment(stateDir, environment);
  return {
    environment,
    where: `the sandbox in ${home.dir}`,
    aws: operatorAccess(running),
    authorities: [readFileSync(running.caFile, "utf8")],
  };
};
