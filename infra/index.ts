import { loadEnvironment } from "./config.ts";
import { deployStack } from "./stack.ts";

/** What `pulumi stack output` shows, once everything stands. */
export default deployStack(loadEnvironment());
