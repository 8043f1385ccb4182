/**
 * A program fails in more places than the one that awaits it: every resource is registered in a promise of its own.
 * As the Pulumi language host does, a run listens for unhandled rejections; it removes the process's other listeners
 * until its end, because they would report the program's errors as theirs.
 */
export class Faults {
  readonly found = new Set<unknown>();
  readonly #listen = (error: unknown) => void this.found.add(error);
  readonly #others = new Map<Unheard, Listener[]>();

  start(): void {
    for (const event of events) {
      const others = process.listeners(event as "uncaughtException") as Listener[];
      this.#others.set(event, others);
      for (const listener of others) process.off(event, listener);
      process.on(event, this.#listen);
    }
  }

  /** Waits until every rejection of the run has been reported (Node does so after the promises of a turn have settled). */
  async stop(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (const event of events) {
      // The program's own, too: they are for the process of the language host.
      process.removeAllListeners(event);
      for (const listener of this.#others.get(event) ?? []) process.on(event, listener);
    }
  }
}

const events = ["unhandledRejection", "uncaughtException"] as const;
type Unheard = (typeof events)[number];
type Listener = (...args: unknown[]) => void;
