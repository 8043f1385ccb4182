import { messageOf } from "../../cli/errors.ts";
import type { Console } from "../../cli/progress.ts";
import type { Processes } from "./processes.ts";

/** What all local servers have in common. */
export interface LocalServer {
  pid: number;
  ended: Promise<string>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface KeptOptions<Server extends LocalServer> {
  /** As a person calls it: `MySQL`. */
  what: string;
  /** What follows from its absence, as a sentence. */
  consequence: string;
  start(): Promise<Server>;
  processes: Processes;
  console: Console;
}

/** A server that ends this soon after its start would only end again. */
const youngMs = 5_000;

/** A database or cache server that is started again when it dies, as the managed service does it. */
export class KeptServer<Server extends LocalServer> {
  readonly #options: KeptOptions<Server>;
  #server: Server;
  #stopping = false;

  constructor(options: KeptOptions<Server>, server: Server) {
    this.#options = options;
    this.#server = server;
    this.#watch();
  }

  static async start<Server extends LocalServer>(options: KeptOptions<Server>): Promise<KeptServer<Server>> {
    return new KeptServer(options, await options.start());
  }

  get current(): Server {
    return this.#server;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#server.stop();
  }

  #watch(): void {
    const server = this.#server;
    const { what, processes } = this.#options;
    const began = Date.now();
    processes.adopt(what, server.pid, () => void server.kill());
    void server.ended.then((how) => {
      processes.forget(server.pid);
      if (!this.#stopping) void this.#revive(how, Date.now() - began < youngMs);
    });
  }

  async #revive(how: string, young: boolean): Promise<void> {
    const { what, consequence, start, console } = this.#options;
    console.warn(`${what} died (${how}). ${consequence}`);
    if (young) {
      console.warn(
        `${what} is not started again: it ended soon after its last start. Stop the sandbox with Ctrl-C.`,
      );
      return;
    }
    try {
      this.#server = await start();
      if (this.#stopping) return await this.#server.stop();
      this.#watch();
      console.note(`${what} is back, with its data.`);
    } catch (error) {
      console.warn(`${what} could not be started again: ${messageOf(error)}`);
    }
  }
}
