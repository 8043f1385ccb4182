export { evaluate, isBlocking } from "./evaluate.ts";
export { rules } from "./rules.ts";
export type { Finding } from "./types.ts";
