import { relative } from "node:path";
import type { Reporter, TestModule, TestRunEndReason } from "vitest/node";
import { type At, progress } from "../../scripts/cli/progress.ts";
import { counted } from "../../scripts/cli/words.ts";
import { repositoryRoot } from "../../scripts/local/servers/paths.ts";

/** Says in a log, where files are told when they have ended, how many have and which are under way. */
export class ProgressReporter implements Reporter {
  readonly #running = new Set<string>();
  readonly #over = Promise.withResolvers<void>();
  #ended = 0;
  #at: At = () => undefined;

  onTestRunStart(): void {
    // On a terminal Vitest's own last lines live.
    if (process.stdout.isTTY) return;
    const step = progress.step("tests", (at) => {
      this.#at = at;
      return this.#over.promise;
    });
    // Vitest has told what failed.
    step.catch(() => undefined);
  }

  onTestModuleStart({ moduleId }: TestModule): void {
    this.#running.add(relative(repositoryRoot, moduleId));
    this.#tell();
  }

  onTestModuleEnd({ moduleId }: TestModule): void {
    this.#running.delete(relative(repositoryRoot, moduleId));
    this.#ended += 1;
    this.#tell();
  }

  onTestRunEnd(_files: unknown, _errors: unknown, reason: TestRunEndReason): void {
    if (reason === "passed") this.#over.resolve();
    else this.#over.reject(new Error(reason));
  }

  #tell(): void {
    this.#at(`${counted(this.#ended, "file")} done, under way: ${[...this.#running].join(", ")}`);
  }
}
