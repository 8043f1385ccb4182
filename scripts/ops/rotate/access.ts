import { join } from "node:path";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { operatorAccess, runningEnvironment } from "../../local/sandbox/running.ts";
import { shown } from "../../local/sandbox/summary.ts";
import { repositoryRoot } from "../../local/servers/index.ts";
import { readProject } from "../../plan/monitor/project.ts";
import { type AwsAccess, awsAccess } from "../aws-access.ts";
import type { RotateOptions } from "./options.ts";

/** Where the secrets are, and how a person finds the rotation function's log there. */
export interface RotationAccess {
  client: SecretsManagerClient;
  lambda: LambdaClient;
  /** For the first line: what is rotated where. */
  where: string;
  /** File of a function's log, where it is on this machine. */
  logFile(functionName: string): string | undefined;
  /** What to type to read the log. */
  logCommand(functionName: string): string;
}

/** @throws CommandError: exit code 2 without such an environment, 3 when the sandbox does not run */
export const accessTo = (options: RotateOptions): RotationAccess => {
  const { config } = readProject(repositoryRoot, options.environment);
  return options.local ? sandboxAccess(options) : inAws(awsAccess(config, options.environment));
};

const inAws = (access: AwsAccess): RotationAccess => ({
  client: new SecretsManagerClient(access),
  lambda: new LambdaClient(access),
  where: `AWS, ${access.region}`,
  logFile: () => undefined,
  logCommand: (name) => `aws logs tail /aws/lambda/${name} --since 15m --region ${access.region}`,
});

const sandboxAccess = ({ stateDir, environment }: RotateOptions): RotationAccess => {
  const { home, running } = runningEnvironment(stateDir, environment);
  return {
    client: new SecretsManagerClient(operatorAccess(running)),
    lambda: new LambdaClient(operatorAccess(running)),
    where: `the sandbox in ${shown(home.dir)}`,
    logFile: (name) => join(home.logs, `${name}.log`),
    logCommand: (name) => `cat ${join(home.logs, `${name}.log`)}`,
  };
};
