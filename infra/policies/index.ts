export { evaluate, isBlocking } from "./evaluate.ts";
export { exceptions } from "./exceptions.ts";
export type { ResourceData } from "./resource.ts";
export type { Circumstances } from "./resource-graph.ts";
export { concerns, rules } from "./rules.ts";
export type { Exception, Finding, Rule, Severity, Status } from "./types.ts";
