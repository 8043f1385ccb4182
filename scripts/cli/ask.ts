import { createInterface } from "node:readline/promises";
import type { Stop } from "./stop-signals.ts";

/** Puts a question to a person. */
export type Ask = (question: string) => Promise<string>;

/** Asks at the terminal; undefined without a terminal. Ctrl-C at the question counts as everywhere. */
export const askAtTerminal = (stop: Stop): Ask | undefined => {
  if (!process.stdin.isTTY) return undefined;
  return async (question) => {
    const prompt = createInterface({ input: process.stdin, output: process.stdout });
    // With a prompt open, Ctrl-C comes here instead of as a signal.
    prompt.on("SIGINT", () => stop.request("SIGINT"));
    try {
      return await prompt.question(question, { signal: stop.signal });
    } finally {
      prompt.close();
    }
  };
};
