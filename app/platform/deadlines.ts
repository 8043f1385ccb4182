/** An item and when it expires. */
export interface Deadline<Item> {
  readonly item: Item;
  /** As `performance.now()`. */
  readonly at: number;
  listed: boolean;
  before: Deadline<Item> | undefined;
  after: Deadline<Item> | undefined;
}

/**
 * One time limit for many things. They expire in the order in which they came, so a single timer waits for the oldest: setting
 * and clearing one for each costs a request about a hundredth of its time.
 *
 * It is a linked list, whose members lose their links with their place. A Map's table points to the table that replaces it, for
 * iterators: a table that has become old would keep all that follow it, and the requests in them, until the next full garbage collection.
 */
export class Deadlines<Item> {
  readonly #limitMs: number;
  readonly #expire: (item: Item) => void;
  #first: Deadline<Item> | undefined;
  #last: Deadline<Item> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param expire called for an item that has been here for so long; it is gone then. */
  constructor(limitMs: number, expire: (item: Item) => void) {
    this.#limitMs = limitMs;
    this.#expire = expire;
  }

  add(item: Item): Deadline<Item> {
    const at = performance.now() + this.#limitMs;
    const added: Deadline<Item> = { item, at, listed: true, before: this.#last, after: undefined };
    if (this.#last === undefined) this.#first = added;
    else this.#last.after = added;
    this.#last = added;
    if (this.#timer === undefined) this.#wait(this.#limitMs);
    return added;
  }

  /** @returns whether it was still here. */
  delete(deadline: Deadline<Item>): boolean {
    if (!deadline.listed) return false;
    const { before, after } = deadline;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    deadline.listed = false;
    deadline.before = undefined;
    deadline.after = undefined;
    return true;
  }

  /** Takes the oldest out. */
  shift(): Item | undefined {
    const first = this.#first;
    if (first !== undefined) this.delete(first);
    return first?.item;
  }

  #wait(milliseconds: number): void {
    // It can outlast the last item.
    this.#timer = setTimeout(() => this.#sweep(), milliseconds).unref();
  }

  #sweep(): void {
    const now = performance.now();
    for (let first = this.#first; first !== undefined; first = this.#first) {
      if (first.at > now) {
        this.#wait(first.at - now);
        return;
      }
      this.delete(first);
      this.#expire(first.item);
    }
    this.#timer = undefined;
  }
}
