import { Problem } from "../../http/errors/problem.ts";

/** A mistake in a file: its line, its column by name where one is to blame, what is wrong. */
export interface Fault {
  line: number;
  field?: string;
  message: string;
}

/** Most mistakes that an answer lists; the others are counted. */
export const mostFaults = 100;

/** What is wrong with a file, as much of it as an answer tells. */
export class Faults {
  readonly #listed: Fault[] = [];
  #count = 0;

  add(fault: Fault): void {
    if (this.#listed.length < mostFaults) this.#listed.push(fault);
    this.#count++;
  }

  get any(): boolean {
    return this.#count > 0;
  }

  problem(): Problem {
    return fileProblem("validation_failed", this.#listed, this.#count - this.#listed.length);
  }
}

/** One that makes the rest of the file unreadable. */
export const badFile = (line: number, message: string, field?: string): Problem =>
  fileProblem("validation_failed", [{ line, message, ...(field === undefined ? {} : { field }) }], 0);

/** @param more how many mistakes are not among `faults`. */
export function fileProblem(
  code: "validation_failed" | "slot_taken",
  faults: readonly Fault[],
  more: number,
): Problem {
  const detail =
    code === "slot_taken"
      ? "Nothing was imported: slots are taken already, or twice in the file."
      : "Nothing was imported: the file is not valid.";
  const errors = faults.map((fault) => ({ in: "body", ...fault }));
  return new Problem(code, detail, { extensions: { errors, moreErrors: more } });
}
