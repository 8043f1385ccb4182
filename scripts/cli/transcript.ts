import { performance } from "node:perf_hooks";

/** What a drill tells while it runs: numbered steps with the time each took, and figures below them. */
export interface Transcript {
  step<T>(what: string, work: () => Promise<T>): Promise<T>;
  /** A figure or an id. */
  tell(what: string, value: string | number): void;
}

export const transcript = (print: (line: string) => void): Transcript => {
  const began = performance.now();
  let steps = 0;
  const since = (start: number) => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  return {
    step: async (what, work) => {
      steps += 1;
      const number = steps;
      const start = performance.now();
      print(`${number}. ${what}`);
      try {
        const result = await work();
        print(`     took          ${since(start)}, ${since(began)} in all`);
        return result;
      } catch (error) {
        print(`     FAILED after ${since(start)}`);
        throw error;
      }
    },
    tell: (what, value) => print(`     ${what.padEnd(13)} ${value}`),
  };
};
