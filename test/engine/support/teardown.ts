import { perform } from "../../../scripts/cli/command.ts";
import { terminal } from "../../../scripts/cli/progress.ts";
import { teardownArgumentsOf, teardownCommand } from "../../../scripts/ops/teardown/arguments.ts";
import { teardown } from "../../../scripts/ops/teardown/main.ts";
import type { Surroundings } from "../../../scripts/ops/teardown/surroundings.ts";
import { runProgram } from "../../../scripts/plan/monitor/index.ts";
import { accountId, region } from "./account.ts";
import type { EngineFixture } from "./fixture.ts";

/** How `npm run teardown` ended, and what it said. */
export interface Ended {
  code: number;
  text: string;
}

/** `npm run teardown -- <stack> --yes-delete <stack>`, in the fixture's project. */
export async function teardownOf({ stack, project, aws }: EngineFixture): Promise<Ended> {
  let text = "";
  const say = (more: string) => {
    text += more;
  };
  const { signal: stopped } = new AbortController();
  const to: Surroundings = {
    out: say,
    console: terminal(say),
    colours: false,
    env: project.env,
    ask: undefined,
    stopped,
    aws: {
      region,
      endpoint: aws.proxy.url,
      credentials: { accessKeyId: accountId, secretAccessKey: "engine-test" },
    },
    // The emulator deletes at once: what takes AWS minutes takes it no second look.
    patience: { pollMs: 500, clusterMs: 60_000, networkMs: 60_000, listingMs: 10_000 },
    root: project.dir,
    now: () => new Date(),
    plan: (name) => runProgram({ stack: name, preview: true, root: project.dir }),
  };
  const code = await perform(
    teardownCommand,
    (given) => teardown(teardownArgumentsOf(given), to),
    [stack, "--yes-delete", stack],
    { out: say, error: say },
    stopped,
  );
  return { code, text };
}

/** The commands that a refusal names, but `pulumi up`: that one brings all of them to AWS. */
export const fixesIn = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^pulumi (config|state) /.test(line));
