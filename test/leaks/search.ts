import { writingsOf } from "./writings.ts";

/** A text that must not come to light, and what it is: said in its place when it does. */
export interface SecretText {
  of: string;
  text: string;
}
/** Somewhere to look. */
export interface Source {
  name: string;
  bytes: Buffer;
}
export interface Leak {
  source: string;
  of: string;
  writing: string;
}
export interface Outcome {
  leaks: Leak[];
  sources: string[];
  bytes: number;
  writings: number;
}

interface Needle {
  of: string;
  writing: string;
  bytes: Buffer;
}

/** Looks for every writing of every text in every place, each read once. */
export function search(texts: readonly SecretText[], sources: Iterable<Source>): Outcome {
  const needles = texts.flatMap(({ of, text }) => writingsOf(text).map((each) => ({ of, ...each })));
  const byStart = new Map<number, Needle[]>();
  for (const needle of needles) {
    const start = startOf(needle.bytes, 0);
    byStart.set(start, [...(byStart.get(start) ?? []), needle]);
  }
  // Nearly every position is passed by with one look.
  const isStart = new Uint8Array(65_536);
  for (const start of byStart.keys()) isStart[start] = 1;
  const outcome: Outcome = { leaks: [], sources: [], bytes: 0, writings: needles.length };
  for (const { name, bytes } of sources) {
    outcome.sources.push(name);
    outcome.bytes += bytes.length;
    const found = new Set<Needle>();
    for (let at = 0; at + 1 < bytes.length; at += 1) {
      const start = startOf(bytes, at);
      if (isStart[start] === 0) continue;
      for (const needle of byStart.get(start) ?? []) if (isAt(bytes, at, needle.bytes)) found.add(needle);
    }
    outcome.leaks.push(...[...found].map(({ of, writing }) => ({ source: name, of, writing })));
  }
  return outcome;
}

const startOf = (bytes: Buffer, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

const isAt = (bytes: Buffer, at: number, needle: Buffer): boolean =>
  at + needle.length <= bytes.length && bytes.compare(needle, 0, needle.length, at, at + needle.length) === 0;

/** One line for whoever reads the tests' output. */
export const summaryOf = (
  texts: readonly SecretText[],
  { sources, bytes, writings, leaks }: Outcome,
): string =>
  `${texts.length} secret texts in ${writings} writings, looked for in ${sources.length} places (${(bytes / 1e6).toFixed(1)} MB): ` +
  (leaks.length === 0 ? "none found" : `${leaks.length} FOUND`);
