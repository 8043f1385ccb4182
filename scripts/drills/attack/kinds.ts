import fc from "fast-check";
import type { Attacks, More, Scene } from "./attacks.ts";
import { bytes } from "./bytes.ts";
import { credentials } from "./credentials.ts";
import { request, type Shot } from "./exchange.ts";
import { floods } from "./floods.ts";
import { framing } from "./framing.ts";
import { shapes } from "./shapes.ts";
import { sockets } from "./sockets.ts";
import { times } from "./times.ts";

export type Kind = "shapes" | "bytes" | "times" | "framing" | "floods" | "credentials" | "sockets";

/** Every kind of attack, and how all of the kind are sent. */
const table: Record<Kind, { attacks(scene: Scene): Attacks; more: fc.Arbitrary<More> }> = {
  shapes: { attacks: shapes, more: fc.constant({}) },
  bytes: { attacks: bytes, more: fc.constant({}) },
  times: { attacks: times, more: fc.constant({}) },
  framing: { attacks: framing, more: fc.constant({ direct: true }) },
  floods: {
    attacks: floods,
    more: fc.record({ times: fc.integer({ min: 2, max: 40 }), direct: fc.boolean() }),
  },
  credentials: { attacks: credentials, more: fc.constant({ keyless: true }) },
  sockets: { attacks: sockets, more: fc.record({ direct: fc.boolean() }) },
};
export const kinds = [
  "shapes",
  "bytes",
  "times",
  "framing",
  "floods",
  "credentials",
  "sockets",
] as const satisfies readonly Kind[];

/** The case of a kind that belongs to a seed: the same one for the same seed and scene. */
export const shotOf = (kind: Kind, scene: Scene): ((seed: number) => Shot) => {
  const { attacks, more } = table[kind];
  const shots = Object.entries(attacks(scene)).map(([name, [allowed, sent, own]]) =>
    fc.tuple(sent, more, own?.frames ?? fc.constant(undefined)).map(([given, common, frames]) => {
      const bytes = Buffer.isBuffer(given) ? given : request(given);
      return { name, allowed, bytes, ...common, ...own, frames };
    }),
  );
  const all = fc.oneof(...shots);
  return (seed) => {
    const [shot] = fc.sample(all, { seed, numRuns: 1 });
    if (shot === undefined) throw new Error("fast-check made no sample");
    return shot;
  };
};
