import { checkDeployment } from "./config/deployment.ts";
import { loadEnvironment } from "./config/load.ts";
import { deployStack } from "./stack.ts";

/** Builds the stack; returns what `pulumi stack output` shows, once everything stands. */
export default async () => {
  const environment = loadEnvironment();
  await checkDeployment(environment);
  return deployStack(environment);
};
