import { type Credential, credentials } from "./credentials.ts";
import { type ExchangeName, exchangeNames } from "./exchanges.ts";
import { type Measure, measures, signIn, signInUnlessAnonymous } from "./measures.ts";

/** What a program is asked. */
export interface Question {
  program: string;
  kind: ExchangeName;
  credential?: Credential;
}

/** The CPU time of one question beside that of another. */
export interface Comparison {
  name: string;
  of: Question;
  against: Question;
  /** The most that the first may take: times the second, or µs more than it. */
  promised?: number;
}

export const bare = "bare server";
const whole = "API, public without a credential";
export const open = "API without sign-in";
const stripped = "API without sign-in and all measures";
const lacking = (measure: Measure): string => `${open} and ${measure.name}`;

/** The builds of the API: what each leaves out. */
export const builds: ReadonlyMap<string, readonly Measure[]> = new Map([
  [whole, [signInUnlessAnonymous]],
  [open, [signIn]],
  ...measures.map((measure): [string, Measure[]] => [lacking(measure), [signIn, measure]]),
  [stripped, [signIn, ...measures]],
]);

const promisedRatio: Record<ExchangeName, number> = { "GET by id": 1.5, "list of 20": 2, POST: 2 };
const promisedSignInUs = 15;

/** What the API without sign-in takes, in units of the bare server. */
export const ratios: readonly Comparison[] = exchangeNames.map((kind) => ({
  name: kind,
  of: { program: open, kind },
  against: { program: bare, kind },
  promised: promisedRatio[kind],
}));

const read = (program: string, credential?: Credential): Question => ({
  program,
  kind: "GET by id",
  ...(credential && { credential }),
});

/** What each measure adds to a GET by id, µs. */
export const additions: readonly Comparison[] = [
  ...credentials.map((credential) => ({
    name: `${credential}, its limits and rights`,
    // In one process: two of the same build differ by more than this.
    of: read(whole, credential),
    against: read(whole),
    promised: promisedSignInUs,
  })),
  ...measures.map((measure) => ({ name: measure.name, of: read(open), against: read(lacking(measure)) })),
  { name: "all but sign-in", of: read(open), against: read(stripped) },
];
