import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import * as z from "zod";

/** A line that the rotation function writes at the end of each step. */
const stepLine = z.object({
  message: z.enum(["rotation step done", "rotation step failed"]),
  step: z.string(),
  token: z.string(),
  outcome: z.string().optional(),
  reason: z.string().optional(),
  detail: z.string().optional(),
  milliseconds: z.number(),
});
export type StepLine = z.infer<typeof stepLine>;

/** Follows a function's log from where it ends now, and picks out what belongs to one rotation. */
export class StepLog {
  readonly #file: string;
  #position: number;
  #rest = "";

  constructor(file: string) {
    this.#file = file;
    this.#position = this.#size();
  }

  /** The steps that have ended since the last call. */
  next(token: string): StepLine[] {
    const lines = `${this.#rest}${this.#added()}`.split("\n");
    this.#rest = lines.pop() ?? "";
    return lines
      .map((line) => stepLine.safeParse(parsed(line)))
      .flatMap(({ data }) => (data && data.token === token ? [data] : []));
  }

  #size(): number {
    return this.#read((descriptor) => fstatSync(descriptor).size) ?? 0;
  }

  #added(): string {
    return (
      this.#read((descriptor) => {
        const buffer = Buffer.alloc(Math.max(0, fstatSync(descriptor).size - this.#position));
        this.#position += readSync(descriptor, buffer, 0, buffer.length, this.#position);
        return buffer.toString("utf8");
      }) ?? ""
    );
  }

  /** The file comes into being with the function's first line. */
  #read<T>(work: (descriptor: number) => T): T | undefined {
    let descriptor: number;
    try {
      descriptor = openSync(this.#file, "r");
    } catch {
      return undefined;
    }
    try {
      return work(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};
