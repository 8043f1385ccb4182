import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { ProgressReporter } from "./test/support/progress-reporter.ts";

// What V8 makes of the libraries is kept for the next process: the workers, and the commands that tests start. A command then
// starts with half the work. `npm ci` clears it with the libraries.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL("node_modules/.cache/compiled", import.meta.url));

/**
 * What takes ten seconds and more begins first in its project, or one process would be at it alone in the end. Vitest sorts by what
 * it knows from an earlier run, and a new machine has none; then it goes by the files' sizes.
 */
const long =
  /language-host|interruption|bootstrap|crash|write-faults|hung-database|shutdown|database\/restore/;

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => (long.test(moduleId) ? 0 : 1);
    const projects = [...new Set(sorted.map(({ project }) => project))];
    return projects.flatMap((one) =>
      sorted.filter(({ project }) => project === one).toSorted((a, b) => rank(a) - rank(b)),
    );
  }
}

/** Tests that stand on plans of the program. */
const plans = {
  include: [
    "test/infra/**/*.test.ts",
    "test/scripts/plan/{monitor,preview}/**/*.test.ts",
    "test/scripts/ops/teardown/**/*.test.ts",
  ],
  exclude: ["test/infra/functions/**"],
};

/**
 * Everything runs at once, one file after the other in each process: on one MySQL server, on which each file has schemas and
 * users of its own, and a Redis each. The end-to-end tests start sandboxes of their own beside it.
 *
 * Files share a process because a new one costs as much as the tests of most files: it loads the runner, the AWS SDK and the API
 * anew. So a file leaves nothing behind in it: variables go through `vi.stubEnv`, servers and listeners end in `afterAll`.
 */
export default defineConfig({
  test: {
    pool: "forks",
    isolate: false,
    // Twice the cores of a small machine: tests wait for processes to start, drain and end. Five are slower than four.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    // Failures should name what waited, not the runner: helpers poll with deadlines shorter than these.
    testTimeout: 30_000,
    expect: { poll: { timeout: 20_000 } },
    hookTimeout: 60_000,
    reporters: [...configDefaults.reporters, new ProgressReporter()],
    restoreMocks: true,
    unstubEnvs: true,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/infra/functions/**/*.test.ts", "test/!(infra)/**/*.test.ts"],
          exclude: [
            ...configDefaults.exclude,
            "test/scripts/plan/{monitor,preview}/**",
            "test/scripts/ops/teardown/**",
            "test/e2e/**",
            "test/cluster/**",
            "test/image/**",
            "test/engine/engine.test.ts",
          ],
          globalSetup: ["test/support/global-setup.ts", "test/support/once-per-run.ts"],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "plans",
          ...plans,
          globalSetup: ["test/support/once-per-run.ts"],
          // They share the SDK, which takes a second to load, and the plans themselves.
          // A plan is a second of work, a minute where others want the processor.
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/support/once-per-run.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          // Against a Kubernetes control plane of its own: `npm run test:cluster`.
          name: "cluster",
          include: ["test/cluster/**/*.test.ts"],
          globalSetup: ["test/cluster/support/global-setup.ts", "test/support/once-per-run.ts"],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          // The image as its Dockerfile makes it, in a container: `npm run test:image`.
          name: "image",
          include: ["test/image/**/*.test.ts"],
          globalSetup: ["test/support/global-setup.ts", "test/support/once-per-run.ts"],
          testTimeout: 60_000,
          hookTimeout: 1_800_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          // By the Pulumi engine, step by step: `npm run e2e`. After a failed step the next ones say nothing.
          name: "engine",
          include: ["test/engine/engine.test.ts"],
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
