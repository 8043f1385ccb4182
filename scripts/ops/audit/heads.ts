import { readFileSync } from "node:fs";
import * as z from "zod";
import type { Head } from "../../../app/audit/chain.ts";
import { messageOf, refusal } from "../../cli/errors.ts";

/** The head of an earlier verification, and how many entries were outside of the chain. */
export type ExpectedHead = Head & { unchained: number };

const earlier = z.object({
  chains: z.array(
    z.object({
      organisation: z.uuid(),
      number: z.number().int().min(0),
      hash: z.string().regex(/^[0-9a-f]{64}$/),
      unchained: z.number().int().min(0),
    }),
  ),
});

/** The heads in what an earlier verification wrote with --json, by organisation. @throws CommandError for another file */
export const readHeads = (file: string): Map<string, ExpectedHead> => {
  try {
    const { chains } = earlier.parse(JSON.parse(readFileSync(file, "utf8")));
    return new Map(
      chains.map(({ organisation, hash, ...counts }) => [
        organisation,
        { ...counts, hash: Buffer.from(hash, "hex") },
      ]),
    );
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw refusal(`${file} is not what "npm run audit -- ENVIRONMENT verify --json" writes: ${why}`);
  }
};
