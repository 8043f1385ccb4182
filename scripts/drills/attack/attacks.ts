import { randomUUID } from "node:crypto";
import fc from "fast-check";
import type { RequestFields, Shot } from "./exchange.ts";

/** What an attack finds in the API: a booking that it may change, a cursor that is good, and the mark of its own bookings. */
export interface Scene {
  id: string;
  cursor: string;
  email: string;
  apiKey: string;
}

/** How a shot differs from one request that waits for one answer of the balancer's. */
export type More = Partial<Pick<Shot, "direct" | "answers" | "leaves" | "times" | "keyless">> & {
  /** What is sent to a WebSocket once it is open. */
  frames?: fc.Arbitrary<Buffer>;
};

/** Attacks by name: the statuses that may come, and what is sent, as a request or byte by byte. */
export type Attacks = Record<
  string,
  readonly [allowed: readonly number[], sent: fc.Arbitrary<RequestFields | Buffer>, more?: More]
>;

/** One of the texts between the bars. */
export const any = (texts: string): fc.Arbitrary<string> => fc.constantFrom(...texts.split("|"));

/** A booking of tomorrow that is valid, changed as told. Each call's is of another resource, because a slot is booked once. */
export const booking = (
  { email }: Pick<Scene, "email">,
  changes: Record<string, unknown> = {},
): Record<string, unknown> => {
  const start = Date.now() + 86_400_000;
  return {
    resource: `attack ${randomUUID()}`,
    clientName: "Attack",
    clientEmail: email,
    clientPhone: "+15555550100",
    startsAt: new Date(start).toISOString(),
    endsAt: new Date(start + 60_000).toISOString(),
    ...changes,
  };
};

/** Bodies of valid bookings. */
export const validBody = (scene: Scene): fc.Arbitrary<string> =>
  fc.constant(scene).map((given) => JSON.stringify(booking(given)));

/** A body for a new booking, or for a change. */
export const sent = ({ id }: Scene, body: fc.Arbitrary<string | Buffer>): fc.Arbitrary<RequestFields> =>
  fc.record({ body, method: any("POST|PATCH") }).map((parts) => ({
    ...parts,
    path: parts.method === "POST" ? "/v1/bookings" : `/v1/bookings/${id}`,
  }));
