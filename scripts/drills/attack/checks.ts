import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { paths } from "../../../app/contract/endpoints.ts";
import { messageOf } from "../../cli/errors.ts";
import type { Console } from "../../cli/progress.ts";
import { type ApiAddresses, ask, type Life, lifeOf, type Replica } from "./addresses.ts";
import type { Entry } from "./ledger.ts";

export const made = z.object({ id: z.string(), clientEmail: z.string() });
export const page = z.object({
  items: z.array(z.object({ id: z.string() })),
  nextCursor: z.string().nullable(),
});

/** What a check throws, as a fault. */
const fault = (what: string, check: () => Promise<void>): Promise<string[]> =>
  check().then(
    () => [],
    (error: unknown) => [`${what}: ${messageOf(error)}`],
  );

/** Whether each replica answers, and is the process that it was. */
export const survivors = async (
  replicas: readonly Replica[],
  lives: readonly Life[],
  console: Console,
): Promise<string[]> => {
  const checked = replicas.map((replica, index) =>
    fault(replica.name, async () => {
      await ask(replica.api, paths.ready);
      const [before, after] = [lives[index], await lifeOf(replica)];
      if (before?.started !== after.started) throw new Error("was started again");
      console.figure(
        "memory",
        `${before.memoryMib.toFixed(0)} → ${after.memoryMib.toFixed(0)} MiB  ${replica.name}`,
      );
    }),
  );
  return (await Promise.all(checked)).flat();
};

/** Whether a booking is what it was before the attack. */
export const isUnchanged = (
  { balancer, apiKey }: ApiAddresses,
  id: string,
  before: unknown,
): Promise<string[]> =>
  fault("the booking that was written before", async () => {
    if (!isDeepStrictEqual(await ask(balancer, `/v1/bookings/${id}`, { apiKey }), before))
      throw new Error("has changed");
  });

/** Whether every booking of the attack is on a page: what it wrote hides no rows and breaks no cursor. */
export const areListed = (
  { balancer, apiKey }: ApiAddresses,
  email: string,
  ledger: readonly Entry[],
  console: Console,
): Promise<string[]> =>
  fault("the list of the bookings that were made", async () => {
    const listed = new Set<string>();
    for (let cursor: string | null = ""; cursor !== null; ) {
      const query: URLSearchParams = new URLSearchParams({
        search: email,
        limit: "100",
        ...(cursor && { cursor }),
      });
      const { items, nextCursor } = page.parse(await ask(balancer, `/v1/bookings?${query}`, { apiKey }));
      for (const { id } of items) listed.add(id);
      cursor = nextCursor;
    }
    console.figure("bookings made", listed.size);
    for (const { answer, kind, seed } of ledger.filter((entry) => entry.answer.status === 201)) {
      const booked = made.parse(JSON.parse(answer.body));
      if (booked.clientEmail === email && !listed.has(booked.id))
        throw new Error(`misses ${booked.id}, made by --only ${kind} --seed ${seed}`);
    }
  });
