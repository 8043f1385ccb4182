import { EntriesDigest, type Entry, genesis, type Head, nextHead } from "../../../app/audit/chain.ts";
import { count } from "../../cli/words.ts";

/** An entry and its place in the chain, as the table has them. */
export interface PlacedEntry {
  entry: Entry;
  link: number;
  position: number;
  linkHash: Buffer | null;
}

/** What is first wrong with a chain. */
export interface Fault {
  kind: "altered" | "missing" | "added" | "reordered" | "rewritten";
  /** The first link that is not as it was. */
  link: number;
  /** The entry that shows it, and when it was recorded; where entries are missing, the one before. */
  entry?: string;
  at?: string;
  what: string;
}

/** What a chain is compared with. */
export interface KnownHeads {
  /** The head that `audit_chains` has. */
  stored: Head | undefined;
  /** The head of an earlier verification. */
  expected?: Head | undefined;
}

/**
 * Follows one organisation's chain from its first entry, and finds the first place where it is not what was written. It holds one entry
 * at a time, whatever the chain's length.
 */
export class ChainWalk {
  readonly #known: KnownHeads;
  #head = genesis;
  /** The link under way: its entries, and the first of them. */
  #entries = new EntriesDigest();
  #first: PlacedEntry | undefined;
  /** The last entry whose link was found right. */
  #sound: PlacedEntry | undefined;
  #fault: Fault | undefined;
  /** The hash that stands where the faulty link is. */
  #storedHash: Buffer | null = null;
  #read = 0;
  #beganAt: string | undefined;

  constructor(known: KnownHeads) {
    this.#known = known;
  }

  /** Entries so far. */
  get read(): number {
    return this.#read;
  }

  /** When the chain's first entry was recorded. */
  get beganAt(): string | undefined {
    return this.#beganAt;
  }

  /** The newest link that was found right. */
  get head(): Head {
    return this.#head;
  }

  /** Takes the next entry, by link and position. */
  next(row: PlacedEntry): void {
    this.#read++;
    this.#beganAt ??= row.entry.occurredAt;
    if (this.#fault) this.#seek(row);
    else this.#follow(row);
  }

  /** What is first wrong, undefined for a chain that is whole; after the last entry. */
  end(): Fault | undefined {
    return this.#fault ?? this.#unfinished() ?? this.#wrongHead();
  }

  #follow(row: PlacedEntry): void {
    this.#fault = this.#misplaced(row);
    if (this.#fault) {
      this.#begin(row);
      this.#seek(row);
      return;
    }
    this.#first ??= row;
    this.#entries.add(row.entry);
    if (row.linkHash !== null) this.#close(row, row.linkHash);
  }

  #begin(row?: PlacedEntry): void {
    this.#entries = new EntriesDigest();
    this.#first = row;
  }

  #misplaced(row: PlacedEntry): Fault | undefined {
    const due = { link: this.#head.number + 1, position: this.#entries.count + 1 };
    const { stored } = this.#known;
    if (row.link < due.link || (row.link === due.link && row.position < due.position)) {
      return fault("added", row.link, row, "it stands where link and position leave no place for it");
    }
    if (stored?.number === this.#head.number) {
      return fault("added", row.link, row, `audit_chains ends the chain with link ${stored.number}`);
    }
    if (row.link > due.link && due.position === 1) {
      const last = row.link - 1;
      return this.#missing(due.link === last ? `link ${last}` : `links ${due.link} to ${last}`);
    }
    if (row.link > due.link) return this.#endless();
    if (row.position > due.position) return this.#missing(`entry ${due.position} of link ${due.link}`);
    return undefined;
  }

  #close(row: PlacedEntry, linkHash: Buffer): void {
    const first = this.#first ?? row;
    const next = nextHead(this.#head, this.#entries.digest());
    if (!next.hash.equals(linkHash)) {
      const many = `one of its ${count(this.#entries.count)} entries was altered, or their order`;
      const what = first === row ? "its link's hash is not that of its content and the link before" : many;
      this.#fault = fault("altered", next.number, first, what);
      this.#storedHash = linkHash;
    } else {
      this.#head = next;
      this.#sound = row;
      const { expected } = this.#known;
      if (expected?.number === next.number && !expected.hash.equals(next.hash)) {
        const what =
          "its hash is another than at the earlier verification: the chain was written anew up to here";
        this.#fault = fault("rewritten", next.number, row, what);
      }
    }
    this.#begin();
  }

  /** Looks for the entries of the faulty link elsewhere. */
  #seek(row: PlacedEntry): void {
    if (this.#first?.link !== row.link) this.#begin(row);
    this.#entries.add(row.entry);
    if (row.linkHash === null || this.#fault?.link !== this.#head.number + 1) return;
    const { hash, number } = nextHead(this.#head, this.#entries.digest());
    const first = this.#first ?? row;
    this.#begin();
    if (![row.linkHash, this.#storedHash].some((stored) => stored?.equals(hash))) return;
    this.#fault = fault("reordered", number, first, `it was link ${number} and stands at link ${row.link}`);
  }

  #missing(what: string): Fault {
    const behind = this.#sound;
    const place = behind ? `behind entry ${behind.entry.id}` : "at the chain's beginning";
    return fault("missing", this.#head.number + 1, behind, `${what}, ${place}`);
  }

  #endless(): Fault {
    return this.#missing(`the end of link ${this.#head.number + 1}: its last entries, or its hash`);
  }

  #unfinished(): Fault | undefined {
    return this.#entries.count > 0 ? this.#endless() : undefined;
  }

  #wrongHead(): Fault | undefined {
    const { number, hash } = this.#head;
    const { stored, expected } = this.#known;
    const farthest = Math.max(stored?.number ?? 0, expected?.number ?? 0);
    if (farthest > number) return this.#missing(`the end of the chain: links ${number + 1} to ${farthest}`);
    if (number === 0 || stored?.hash.equals(hash)) return undefined;
    const what = stored ? "audit_chains has another hash for it" : "audit_chains has no head for this chain";
    return fault("altered", number, this.#sound, what);
  }
}

const fault = (kind: Fault["kind"], link: number, row: PlacedEntry | undefined, what: string): Fault => ({
  kind,
  link,
  ...(row && { entry: row.entry.id, at: row.entry.occurredAt }),
  what,
});
