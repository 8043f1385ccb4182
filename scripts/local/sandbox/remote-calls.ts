import { messageOf } from "../../cli/errors.ts";

/** One end of a message channel between two Node processes: a child process, or `process` in a child. */
export type Channel = {
  send?(message: unknown, done: (error: Error | null) => void): unknown;
  on(event: "message", listener: (message: unknown) => void): unknown;
};

export type Methods = Record<string, (input: never) => unknown>;

type Call = { kind: "call"; id: number; method: string; input: unknown };
type Answer = { kind: "answer"; id: number; result?: unknown; error?: { name: string; message: string } };

/**
 * Calls between two processes, both ways, over Node's message channel. Arguments and results must be plain data; an error
 * arrives with its name and message.
 */
export class RemoteCalls {
  private readonly channel: Channel;
  private readonly methods: Methods;
  private readonly pending = new Map<number, PromiseWithResolvers<unknown>>();
  private lastId = 0;

  /** @param methods what the other side may call */
  constructor(channel: Channel, methods: Methods) {
    this.channel = channel;
    this.methods = methods;
    channel.on("message", (message) => {
      if (isCall(message)) void this.serve(message);
      else if (isAnswer(message)) this.settle(message);
    });
  }

  /** Calls the other side. @throws the other side's error, or one that says that it has gone */
  call(method: string, input: unknown): Promise<unknown> {
    this.lastId += 1;
    const waiting = Promise.withResolvers<unknown>();
    this.pending.set(this.lastId, waiting);
    this.post({ kind: "call", id: this.lastId, method, input });
    return waiting.promise;
  }

  /** The other side has ended: whoever waits for it need not. */
  gone(reason: string): void {
    for (const { reject } of this.pending.values()) reject(new Error(reason));
    this.pending.clear();
  }

  private async serve({ id, method, input }: Call): Promise<void> {
    try {
      const work = this.methods[method];
      if (!work) throw new Error(`there is no method "${method}"`);
      this.post({ kind: "answer", id, result: await work(input as never) });
    } catch (error) {
      const name = error instanceof Error ? error.name : "Error";
      this.post({ kind: "answer", id, error: { name, message: messageOf(error) } });
    }
  }

  private settle({ id, result, error }: Answer): void {
    const waiting = this.pending.get(id);
    this.pending.delete(id);
    if (error) waiting?.reject(Object.assign(new Error(error.message), { name: error.name }));
    else waiting?.resolve(result);
  }

  private post(message: Call | Answer): void {
    // A channel may close between a question and its answer: without a listener of its own that would end the process.
    const sent = (error: Error | null): void => {
      if (error && message.kind === "call") this.settle({ kind: "answer", id: message.id, error });
    };
    if (this.channel.send) this.channel.send(message, sent);
    else sent(new Error("the channel has closed"));
  }
}

const kindOf = (message: unknown): unknown =>
  typeof message === "object" && message !== null && "kind" in message ? message.kind : undefined;
const isCall = (message: unknown): message is Call => kindOf(message) === "call";
const isAnswer = (message: unknown): message is Answer => kindOf(message) === "answer";
