export { answerCall } from "./data-sources.ts";
export { maskedValue, unknownMark } from "./marks.ts";
export { stacksIn } from "./project.ts";
export { type RunOptions, runProgram } from "./run-program.ts";
export { shapedResource } from "./shaped-outputs.ts";
export type {
  CallRequest,
  PlannedResource,
  ProgramRun,
  ResourceRequest,
  ResourceResult,
  StackIdentity,
} from "./types.ts";
