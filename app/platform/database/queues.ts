import { PoolError } from "./failures.ts";

/** Most that wait in one queue; more are refused at once. A change takes a few milliseconds. */
const mostWaiting = 500;

interface Queue {
  inside: number;
  /** Lets the next one in. */
  readonly waiting: Set<() => void>;
}

/**
 * Lets two at a time through for each name: one works while the other one's question is at the server already. Those who wait do so
 * before they take a connection, so that many of one name leave the pool to others.
 */
export class Queues {
  readonly #longestWaitMs: number;
  readonly #queues = new Map<string, Queue>();

  constructor(longestWaitMs: number) {
    this.#longestWaitMs = longestWaitMs;
  }

  /** @throws PoolError when too many wait, or its turn does not come in time. */
  async pass<T>(name: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(name) ?? { inside: 0, waiting: new Set() };
    this.#queues.set(name, queue);
    if (queue.inside === 2) await this.#wait(queue);
    else queue.inside++;
    try {
      return await work();
    } finally {
      const [next] = queue.waiting;
      // The place is handed on, so that nobody overtakes.
      if (next) next();
      else if (--queue.inside === 0) this.#queues.delete(name);
    }
  }

  #wait({ waiting }: Queue): Promise<void> {
    if (waiting.size >= mostWaiting) {
      const message = `${waiting.size} wait to change the same organisation's data`;
      return Promise.reject(new PoolError("POOL_FULL", message));
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer);
        waiting.delete(enter);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(enter);
        const message = `changes of the same organisation's data took more than ${this.#longestWaitMs} ms`;
        reject(new PoolError("POOL_TIMEOUT", message));
      }, this.#longestWaitMs);
      waiting.add(enter);
    });
  }
}
