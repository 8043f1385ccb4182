import { isUtf8 } from "node:buffer";
import { setImmediate } from "node:timers/promises";
import { Problem } from "../../http/errors/problem.ts";
import { badFile } from "./faults.ts";

/** Longest line of a file, bytes: three times what the longest values of all columns take. */
export const longestLineBytes = 16_384;
/** Most lines of a piece. */
const linesAtOnce = 250;
const newline = 0x0a;

/**
 * Passes on a file in pieces that end with a line, if they are text: UTF-8 without null bytes, in lines of bounded length. At most one
 * chunk and one line are held.
 * @throws Problem that names the line.
 */
export async function* textLines(file: AsyncIterable<Buffer>, limitBytes: number): AsyncGenerator<Buffer> {
  let [received, line] = [0, 1];
  let rest: Buffer = Buffer.alloc(0);
  const pieces = async function* (lines: Buffer): AsyncGenerator<Buffer> {
    if (line === 1 && isUtf16(lines)) throw badFile(1, "is UTF-16: save the file as UTF-8");
    const isText = isUtf8(lines) && !lines.includes(0);
    for (let [start, end] = [0, 0]; start < lines.length; start = end) {
      // A chunk can be thousands of lines: others get the process in between.
      if (start > 0) await setImmediate();
      for (let count = 0; count < linesAtOnce && end < lines.length; count++, line++) {
        const next = lines.indexOf(newline, end) + 1 || lines.length;
        if (!isText) checkLine(lines.subarray(end, next), line);
        end = next;
      }
      yield lines.subarray(start, end);
    }
  };
  for await (const chunk of file) {
    received += chunk.length;
    if (received > limitBytes) throw tooLarge(limitBytes);
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(newline) + 1;
    rest = bytes.subarray(end);
    if (end > 0) yield* pieces(bytes.subarray(0, end));
    if (rest.length > longestLineBytes) throw badFile(line, `is longer than ${longestLineBytes} bytes`);
  }
  if (rest.length > 0) yield* pieces(rest);
}

export const tooLarge = (limitBytes: number): Problem =>
  new Problem("payload_too_large", `The file is larger than ${limitBytes} bytes.`);

function checkLine(line: Buffer, number: number): void {
  if (!isUtf8(line)) throw badFile(number, "is not UTF-8");
  if (line.includes(0)) throw badFile(number, "contains a null byte");
}

const isUtf16 = ([first, second]: Buffer): boolean =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
