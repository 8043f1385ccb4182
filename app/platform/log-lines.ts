import { pino } from "pino";

/** Lines wait until there are so many bytes of them, or for so many milliseconds. */
const mostBytes = 65_536;
const longestWaitMs = 500;
/** Bytes that a character takes in UTF-8, at most. */
const longestCharacter = 3;

export interface LogLines {
  write(line: string): void;
  /** Writes what waits, at once. */
  flushSync(): void;
}

/**
 * Writes to standard output outside the request's path and in large pieces, because each write wakes a thread. A line becomes
 * bytes at once: text that waits is copied by each garbage collection, all its pieces one by one.
 */
export function collectLines(): LogLines {
  // A shorter piece waits for `flush` or `flushSync`: `flushSync` does not wait for a write that a thread has begun.
  const output = pino.destination({ sync: false, minLength: 12_288 });
  let lines = Buffer.allocUnsafe(mostBytes);
  let [passed, used] = [0, 0];
  const pass = () => {
    if (passed === used) return;
    output.write(lines.toString("utf8", passed, used));
    passed = used;
  };
  const passAndWrite = () => {
    pass();
    output.flush();
  };
  setInterval(passAndWrite, longestWaitMs).unref();
  // pino writes what `output` has when the process exits, and ends it when nothing is left to do.
  process.prependListener("beforeExit", pass).prependListener("exit", pass);
  return {
    write(line) {
      const needed = line.length * longestCharacter;
      if (used + needed > lines.length) {
        pass();
        lines = Buffer.allocUnsafe(Math.max(mostBytes, needed));
        passed = used = 0;
      }
      used += lines.write(line, used);
    },
    flushSync() {
      pass();
      output.flushSync();
    },
  };
}

let second = 0;
let untilSecond = "";

/** A line's time in ISO 8601, as pino puts it in. Its text up to the second is made once a second. */
export function timeField(): string {
  const now = Date.now();
  const milliseconds = now % 1_000;
  if (now - milliseconds !== second) {
    second = now - milliseconds;
    untilSecond = new Date(second).toISOString().slice(0, -4);
  }
  return `,"time":"${untilSecond}${String(milliseconds).padStart(3, "0")}Z"`;
}
