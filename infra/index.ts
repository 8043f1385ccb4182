import { loadEnvironment } from "./config.ts";
import { deployStack } from "./stack.ts";

/** Builds the stack; returns what `pulumi stack output` shows, once everything stands. */
export default () => deployStack(loadEnvironment());
