import { setTimeout as delay } from "node:timers/promises";
import { type Dispatcher, request } from "undici";
import { paths } from "../../../app/contract/endpoints.ts";
import { messageOf } from "../../cli/errors.ts";

/** Where the API is asked, as anybody on the internet asks it. */
export interface SmokeTarget {
  /** `https://api.example.com`, without a slash at the end. */
  url: string;
  /** Trusts what the system does not: the sandbox's authority. */
  dispatcher?: Dispatcher;
  /** It runs on this machine, where no browser may be told to stay with HTTPS: it would, with every other server there. */
  isLocal?: boolean;
  /** How long it may take to become ready, milliseconds: names and load balancers take their time. */
  waitMs: number;
  /** Between two questions whether it is ready, milliseconds. */
  pollMs: number;
}

interface Answer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

interface Check {
  what: string;
  path: string;
  /** Only for a deployed API. */
  publicOnly?: true;
  /** What is wrong with the answer; undefined: nothing. */
  fault(answer: Answer): string | undefined;
}

const status = (wanted: number) => (answer: Answer) =>
  answer.status === wanted ? undefined : `${answer.status} instead of ${wanted}`;

/** What must hold of a deployed API, whoever asks. None of it needs a credential, and none writes. */
const checks: readonly Check[] = [
  { what: "the API lives", path: paths.live, fault: status(200) },
  {
    what: "browsers are told to stay with HTTPS",
    path: paths.live,
    publicOnly: true,
    fault: ({ headers }) =>
      /max-age=[1-9]/.test(String(headers["strict-transport-security"]))
        ? undefined
        : "no Strict-Transport-Security",
  },
  {
    what: "bookings are for those who sign in",
    path: "/v1/bookings",
    fault: (answer) => {
      if (answer.status !== 401) return status(401)(answer);
      const type = String(answer.headers["content-type"]);
      return type.startsWith("application/problem+json") ? undefined : `a refusal as ${type}`;
    },
  },
  { what: "its description is served", path: "/openapi.json", fault: status(200) },
  { what: "its figures are not public", path: paths.metrics, fault: status(404) },
];

/** Asks the API through its public address until it is ready, then what must hold of it. All that is wrong, in one list. */
export async function smokeFaults(target: SmokeTarget, stopped: AbortSignal): Promise<string[]> {
  const unready = await untilReady(target, stopped);
  if (unready !== undefined) return [`${target.url}${paths.ready}: ${unready}`];
  const found = await Promise.all(
    checks
      .filter(({ publicOnly }) => !(publicOnly && target.isLocal))
      .map(async ({ what, path, fault }) => {
        const wrong = await answerOf(target, path, stopped).then(fault, messageOf);
        return wrong === undefined ? [] : [`${what}: ${target.url}${path}: ${wrong}`];
      }),
  );
  return found.flat();
}

/** What is wrong with the last answer, once the time is over; undefined as soon as it is ready. */
async function untilReady(target: SmokeTarget, stopped: AbortSignal): Promise<string | undefined> {
  const until = Date.now() + target.waitMs;
  for (;;) {
    const wrong = await answerOf(target, paths.ready, stopped).then(status(200), messageOf);
    if (wrong === undefined || Date.now() >= until) return wrong;
    await delay(target.pollMs, undefined, { signal: stopped });
  }
}

const answerMs = 10_000;

async function answerOf(
  { url, dispatcher }: SmokeTarget,
  path: string,
  stopped: AbortSignal,
): Promise<Answer> {
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(answerMs)]);
  const { statusCode, headers, body } = await request(`${url}${path}`, {
    signal,
    // The firewall refuses requests that do not say by what they are made.
    headers: { "user-agent": "bulwark-smoke/1" },
    ...(dispatcher === undefined ? {} : { dispatcher }),
  });
  await body.dump();
  return { status: statusCode, headers };
}
