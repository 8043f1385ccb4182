import { readFileSync, renameSync, writeFileSync } from "node:fs";
import * as z from "zod";
import { CommandError, codeOf } from "../../cli/errors.ts";

/** A process, and when it started: a number alone may by now be someone else's. */
const processRecord = z.strictObject({
  name: z.string(),
  pid: z.number().int().positive(),
  started: z.string().optional(),
});
export type ProcessRecord = z.infer<typeof processRecord>;

/** With what requests to the API come. Written here for load and drills, and gone when the sandbox stops. */
const sandboxAccess = z.strictObject({ email: z.string(), password: z.string(), apiKey: z.string() });
export type SandboxAccess = z.infer<typeof sandboxAccess>;

/** What another terminal needs to reach the running sandbox. */
const running = z.strictObject({
  stack: z.string(),
  since: z.iso.datetime(),
  main: processRecord,
  region: z.string(),
  urls: z.strictObject({ https: z.string(), http: z.string(), aws: z.string() }),
  caFile: z.string(),
  access: sandboxAccess,
});

const sandboxState = z.strictObject({
  running: running.optional(),
  processes: z.array(processRecord).default([]),
  /** What Pulumi's state would hold, and a second start must not repeat. */
  remembered: z
    .strictObject({
      /** The environment that data and secrets belong to. */
      stack: z.string().optional(),
      /** Where MySQL listens: the secrets of its users say so, so it stays there. */
      mysqlPort: z.number().int().optional(),
      /** Lambda invocations that were made, by URN: made again only when the digest of their inputs differs. */
      invocations: z
        .record(z.string(), z.strictObject({ digest: z.string(), result: z.string() }))
        .default({}),
      /** Generated values (`random:…`), by URN. */
      generated: z
        .record(
          z.string(),
          z.strictObject({ id: z.string().optional(), state: z.record(z.string(), z.unknown()) }),
        )
        .default({}),
    })
    .prefault({}),
});
export type SandboxState = z.infer<typeof sandboxState>;

/** Reads a state file; a missing one is an empty state. @throws CommandError when it is not what was written. */
export const readState = (file: string, resetCommand: string): SandboxState => {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return sandboxState.parse({});
    throw error;
  }
  try {
    return sandboxState.parse(JSON.parse(text));
  } catch (cause) {
    throw new CommandError(
      `${file} is damaged. Delete the sandbox's data and start afresh: ${resetCommand}`,
      { cause },
    );
  }
};

/** The state of the sandbox that this process runs: every change is on disk before the call returns. */
export class StateFile {
  readonly file: string;
  #state: SandboxState;

  constructor(file: string, state: SandboxState) {
    this.file = file;
    this.#state = state;
  }

  get current(): SandboxState {
    return this.#state;
  }

  update(change: (state: SandboxState) => SandboxState): void {
    this.#state = change(this.#state);
    const draft = `${this.file}.new`;
    // Holds generated passwords, as Pulumi's state would; a crash between the two lines leaves the old file whole.
    writeFileSync(draft, `${JSON.stringify(this.#state, undefined, 2)}\n`, { mode: 0o600 });
    renameSync(draft, this.file);
  }
}
