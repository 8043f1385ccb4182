/** One request, and what counts as its answer. */
export interface Call {
  /** As figures name it: `GET booking`. */
  name: string;
  method: "GET" | "POST" | "PATCH";
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  expected: readonly number[];
}

/** What became of a call. */
export interface Exchange {
  /** undefined: no answer. */
  status?: number;
  /** What came instead of the right answer. */
  failure?: string;
  /** The right answer. */
  answer?: unknown;
  /** Its `Set-Cookie` lines. */
  cookies?: readonly string[];
}
