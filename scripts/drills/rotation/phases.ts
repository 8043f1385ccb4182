import { percentile } from "../load/figures.ts";
import type { Sample } from "../load/generator.ts";

/** Times in milliseconds of `performance.now()`. */
export interface Interval {
  from: number;
  to: number;
}

/** What became of the requests of a phase. Times in milliseconds, from when a request was due. */
export interface PhaseFigures {
  requests: number;
  failures: number;
  p50: number;
  p99: number;
  slowest: number;
  /** How late the generator itself sent 99 of 100, at most: on a busy machine times grow by that, and it is not the API's doing. */
  late: number;
}

export interface Phases {
  before: PhaseFigures;
  /** Under way at any moment of the rotations, or while the API took up what they had made. */
  during: PhaseFigures;
  after: PhaseFigures;
  all: PhaseFigures;
}

/**
 * Sorts the requests by when they were under way. What came before `warm` counts for failures only: the first requests meet
 * code that has not been compiled yet, which would make the time before the rotation look slower than it is.
 */
export const phasesOf = (samples: readonly Sample[], warm: number, rotation: Interval): Phases => ({
  before: figuresOf(samples.filter(({ due, ended }) => due >= warm && ended < rotation.from)),
  during: figuresOf(samples.filter(({ due, ended }) => ended >= rotation.from && due <= rotation.to)),
  after: figuresOf(samples.filter(({ due }) => due > rotation.to)),
  all: figuresOf(samples),
});

const figuresOf = (samples: readonly Sample[]): PhaseFigures => {
  const times = Float64Array.from(samples, ({ due, ended }) => ended - due).sort();
  const late = Float64Array.from(samples, ({ due, sent }) => sent - due).sort();
  return {
    requests: samples.length,
    failures: samples.filter(({ failure }) => failure !== undefined).length,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    slowest: times.at(-1) ?? Number.NaN,
    late: percentile(late, 0.99),
  };
};

/** Failures by kind. */
export const failuresOf = (samples: readonly Sample[]): Map<string, number> => {
  const kinds = new Map<string, number>();
  for (const { failure } of samples) {
    if (failure !== undefined) kinds.set(failure, (kinds.get(failure) ?? 0) + 1);
  }
  return kinds;
};

export interface Spread {
  count: number;
  min: number;
  median: number;
  max: number;
}

/** Of an even number the median is the lower one of the two in the middle: a time that was measured. */
export const spreadOf = (values: readonly number[]): Spread => {
  const sorted = Float64Array.from(values).sort();
  return {
    count: sorted.length,
    min: sorted[0] ?? Number.NaN,
    median: percentile(sorted, 0.5),
    max: sorted.at(-1) ?? Number.NaN,
  };
};
