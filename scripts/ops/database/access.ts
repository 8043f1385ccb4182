import { readFileSync } from "node:fs";
import { operatorAccess, runningEnvironment } from "../../local/sandbox/running.ts";
import { shown } from "../../local/sandbox/summary.ts";
import { repositoryRoot } from "../../local/servers/index.ts";
import { readProject } from "../../plan/monitor/project.ts";
import { type AwsAccess, awsAccess } from "../aws-access.ts";

/** Where an environment's secrets and keys are, and whom its servers' certificates are checked against. */
export interface EnvironmentAccess {
  environment: string;
  /** For a person: `AWS, eu-west-1`. */
  where: string;
  /** For a person: what brings the environment up to date, if anything does. */
  deploy?: string;
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
  return {
    environment,
    where: `AWS, ${aws.region}`,
    deploy: `pulumi up --stack ${environment}`,
    aws,
    authorities: [],
  };
};

const sandboxAccess = ({ stateDir, environment }: AccessOptions): EnvironmentAccess => {
  const { home, running } = runningEnvironment(stateDir, environment);
  return {
    environment,
    where: `the sandbox in ${shown(home.dir)}`,
    deploy: "stop the sandbox and start it again",
    aws: operatorAccess(running),
    authorities: [readFileSync(running.caFile, "utf8")],
  };
};
