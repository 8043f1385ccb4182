export { answerCall } from "./data-sources.ts";
export { maskedValue, unknownMark } from "./marks.ts";
export { ProjectError, stacksIn, UnknownStackError } from "./project.ts";
export { ProgramError, type RunOptions, runProgram } from "./run-program.ts";
export { shapedResource } from "./shaped-outputs.ts";
export type {
  CallRequest,
  Place,
  PlannedResource,
  ProgramRun,
  ResourceRequest,
  ResourceResult,
} from "./types.ts";
