import type { Answer, Shot } from "./exchange.ts";
import type { Kind } from "./kinds.ts";

/** One request of the ledger. */
export interface Entry {
  kind: Kind;
  seed: number;
  shot: Shot;
  answer: Answer;
  fault?: string;
}

/** One request as a line of JSON: bytes in Base64, at most the first 256. */
export const ledgerLine = ({ kind, seed, shot, answer, fault }: Entry): string => {
  const { name, allowed, bytes } = shot;
  const { status, openMs: milliseconds } = answer;
  const sent = bytes.subarray(0, 256).toString("base64");
  return JSON.stringify({
    kind,
    name,
    seed,
    allowed,
    status,
    milliseconds,
    fault,
    length: bytes.length,
    sent,
  });
};
