import { checkDeployment } from "./config/deployment.ts";
import { loadEnvironment } from "./config/load.ts";
import { warn } from "./config/warnings.ts";
import { tellPlainly } from "./lib/faults.ts";
import { deployStack } from "./stack.ts";

/** Builds the stack; returns what `pulumi stack output` shows, once everything stands. */
export default async () => {
  tellPlainly();
  const environment = loadEnvironment();
  warn(environment);
  await checkDeployment(environment);
  return deployStack(environment);
};
