/**
 * One time limit for many things. They expire in the order in which they came, so a single timer waits for the oldest: setting
 * and clearing one for each costs a request about a hundredth of its time.
 */
export class Deadlines<Item> {
  readonly #limitMs: number;
  readonly #expire: (item: Item) => void;
  /** When each item expires; as `performance.now()`. */
  readonly #ends = new Map<Item, number>();
  #timer: NodeJS.Timeout | undefined;

  /** @param expire called for an item that has been here for so long; it is gone then. */
  constructor(limitMs: number, expire: (item: Item) => void) {
    this.#limitMs = limitMs;
    this.#expire = expire;
  }

  add(item: Item): void {
    this.#ends.set(item, performance.now() + this.#limitMs);
    if (this.#timer === undefined) this.#wait(this.#limitMs);
  }

  /** @returns whether it was still here. */
  delete(item: Item): boolean {
    return this.#ends.delete(item);
  }

  /** Takes all items out. */
  clear(): Item[] {
    const items = [...this.#ends.keys()];
    this.#ends.clear();
    return items;
  }

  #wait(milliseconds: number): void {
    // It can outlast the last item.
    this.#timer = setTimeout(() => this.#sweep(), milliseconds).unref();
  }

  #sweep(): void {
    const now = performance.now();
    for (const [item, end] of this.#ends) {
      if (end > now) {
        this.#wait(end - now);
        return;
      }
      this.#ends.delete(item);
      this.#expire(item);
    }
    this.#timer = undefined;
  }
}
