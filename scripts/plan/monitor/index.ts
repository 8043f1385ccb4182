export { answerCall } from "./data-sources.ts";
export { unknownMark } from "./marks.ts";
export { stacksIn } from "./project.ts";
export { type RunOptions, repository, runProgram } from "./run-program.ts";
export { shapedResource } from "./shaped-outputs.ts";
export type {
  PlannedResource,
  ProgramRun,
  ResourceRequest,
  ResourceResult,
} from "./types.ts";
