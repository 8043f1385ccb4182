import { consoleOn, wantsColours } from "../../cli/progress.ts";
import { repositoryRoot } from "../../local/servers/index.ts";
import { releaseAccess } from "./commands.ts";
import type { ReleaseAccess } from "./release.ts";

/** A release as a person types it. */
export const typedRelease = (environment: string, stopped: AbortSignal): ReleaseAccess =>
  releaseAccess(environment, {
    root: repositoryRoot,
    env: process.env,
    out: (text) => void process.stdout.write(text),
    colours: wantsColours(),
    console: consoleOn(process.stdout),
    stopped,
    now: () => new Date(),
    pace: { waitMs: 300_000, pollMs: 5_000 },
  });
