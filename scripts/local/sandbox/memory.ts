import { Session } from "node:inspector/promises";
import { stop as stopEsbuild } from "esbuild";

/**
 * Gives back what only the start needed. esbuild's services would keep half a GiB for the next build, which does not come; and
 * an idle process allocates too little for V8 to collect what running the Pulumi program left.
 */
export const giveMemoryBack = async (): Promise<void> => {
  await stopEsbuild();
  const session = new Session();
  session.connect();
  await session.post("HeapProfiler.collectGarbage");
  session.disconnect();
};
