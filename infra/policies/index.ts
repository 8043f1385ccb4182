export { evaluate, isBlocking } from "./evaluate.ts";
export { exceptions } from "./exceptions.ts";
export { concerns, rules } from "./rules.ts";
export type { Circumstances, Exception, Finding, PlanResource, Rule, Severity, Status } from "./types.ts";
