import type { Supplement } from "../proxy.ts";

/**
 * What the sandbox's stand-in does better than the emulator: secrets with their versions' labels, rotation that really
 * calls the functions, and functions that really run.
 */
export const standinServices = (): Supplement => ({
  calls: /^secretsmanager |^lambda POST \/2015-03-31\/functions\/[^/]+\/invocations$/,
  answer: (call, { standin }) => standin(call),
});
