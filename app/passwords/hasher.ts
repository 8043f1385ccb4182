import { hash as digest } from "node:crypto";
import { acceptedValues, valueInForce } from "../contract/overlap.ts";
import type { RotatingValue } from "../contract/secret-values.ts";
import { Problem } from "../http/errors/problem.ts";
import { type Argon2Cost, costOf, decoyHash, hashPassword, isPassword } from "./argon2.ts";

/** A password as it is kept. */
export interface StoredPassword {
  hash: string;
  /** Which pepper it was made with, so that one try is enough though all peppers stay valid. */
  pepperId: string;
}

/**
 * Hashes that run at once, and that wait. Each takes its memory (12 MiB by default) and one of Node's four threads, which files and
 * host names need as well; those that wait take a second and a half on half a processor.
 */
const usualBound = { running: 2, waiting: 48 };

/** Makes and compares password hashes, few at once: a flood of sign-ins must not take the pod's memory and threads (A8). */
export class PasswordHasher {
  readonly #cost: Argon2Cost;
  readonly #pepper: () => RotatingValue;
  readonly #bound: typeof usualBound;
  readonly #decoy: string;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @param pepper read each time, because it rotates while the process runs. */
  constructor(cost: Argon2Cost, pepper: () => RotatingValue, bound = usualBound) {
    this.#bound = bound;
    this.#cost = cost;
    this.#pepper = pepper;
    this.#decoy = decoyHash(cost);
  }

  /** @throws Problem `unavailable` when too many wait already. */
  async hash(password: string): Promise<StoredPassword> {
    const pepper = this.#pepperInForce();
    const hash = await this.#inTurn(() => hashPassword(password, pepper, this.#cost));
    return { hash, pepperId: idOf(pepper) };
  }

  /**
   * Whether it is the password. Without one to compare with it takes as long and says no.
   * @returns `outdated`: it is, and the hash is to be made anew, because the cost has risen or the pepper has changed.
   * @throws as `hash` does.
   */
  async verify(
    password: string,
    stored: StoredPassword | undefined,
  ): Promise<{ matches: boolean; outdated: boolean }> {
    const accepted = acceptedValues(this.#pepper(), Date.now());
    const own = stored && accepted.find((value) => idOf(value) === stored.pepperId);
    const pepper = own ?? this.#pepperInForce();
    const compared = stored !== undefined && own !== undefined ? stored.hash : this.#decoy;
    const matches = await this.#inTurn(() => isPassword(password, pepper, compared));
    return { matches, outdated: matches && (pepper !== this.#pepperInForce() || this.#isCheap(compared)) };
  }

  /** @throws Problem `unavailable` when a hash would find too many waiting. */
  requireRoom(): void {
    if (this.#waiting.length < this.#bound.waiting) return;
    const headers = { "retry-after": "1" };
    throw new Problem("unavailable", "Too many passwords are being checked.", { headers });
  }

  #pepperInForce(): string {
    return valueInForce(this.#pepper(), Date.now());
  }

  #isCheap(hash: string): boolean {
    const cost = costOf(hash);
    return cost === undefined || cost.memoryKib < this.#cost.memoryKib || cost.passes < this.#cost.passes;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.requireRoom();
    if (this.#running < this.#bound.running) this.#running++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The next one takes over this one's place.
      if (next === undefined) this.#running--;
      else next();
    }
  }
}

const idOf = (pepper: string): string => digest("sha256", `pepper-id\0${pepper}`, "base64url").slice(0, 12);
