import type { Answer, Shot } from "./exchange.ts";

/** Longest that an answer may take, milliseconds, and the largest that a refusal may be, bytes. */
export const patienceMs = 10_000;
const largestRefusalBytes = 16_384;

/** What is wrong with what came, or undefined where it is as it must be. */
export const faultOf = (shot: Shot, answer: Answer): string | undefined => {
  const { status, head, answers } = answer;
  if (answer.open) return `the connection is open after ${patienceMs / 1_000} s, status ${status}`;
  if (status === 0) return shot.allowed.includes(0) ? undefined : "closed without an answer";
  if (answers > (shot.answers ?? 1)) return `${answers} answers`;
  if (status === 503 || status === 429) {
    if (!/^retry-after: \d/im.test(head)) return `${status} without Retry-After`;
  } else if (!shot.allowed.includes(status)) {
    return `status ${status}, not ${shot.allowed.join(", ")}`;
  }
  return status >= 400 ? refusalFault(answer) : undefined;
};

const refusalFault = ({ status, head, body }: Answer): string | undefined => {
  if (!/^content-type: application\/problem\+json/im.test(head))
    return `${status} without a problem document`;
  if (body.length > largestRefusalBytes) return `a refusal of ${body.length} bytes`;
  // HEAD has none.
  if (body === "") return undefined;
  try {
    const document: unknown = JSON.parse(body);
    const said = typeof document === "object" && document !== null && "status" in document && document.status;
    return said === status ? undefined : `${status}, and a document that says ${String(said)}`;
  } catch {
    return `${status} with a body that is no JSON`;
  }
};
