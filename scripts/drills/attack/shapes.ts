import fc from "fast-check";
import { type Attacks, any, booking, type Scene, sent, validBody } from "./attacks.ts";

const many = fc.integer({ min: 1, max: 60_000 });
const field = any("resource|clientName|clientEmail|clientPhone|notes|startsAt|endsAt");
const json = fc.jsonValue().map((value) => JSON.stringify(value));
// Texts, not values: JSON.stringify would correct most of them.
const list = fc
  .tuple(any('0|[]|{}|""|null|[0]|{"a":0}'), many)
  .map(([part, n]) => `[${`${part},`.repeat(n)}0]`);
const members = (count: number, name: string) =>
  Array.from({ length: count }, (_, index) => [name + index, 0]);
const keys = fc
  .tuple(many, fc.string({ maxLength: 20 }))
  .map((given) => JSON.stringify(Object.fromEntries(members(...given))));
const depth = fc
  .tuple(fc.constantFrom(["[", "]"], ['{"a":', "}"], ['[{"a":', "}]"]), many, fc.boolean())
  .map(([[open = "", close = ""], n, closed]) => `${open.repeat(n)}0${closed ? close.repeat(n) : ""}`);
const number = fc.oneof(
  any("1e999|-1e999|-0|1.0|01|+1|0x1|NaN|Infinity|1e-999|9007199254740993"),
  fc.integer({ min: 1, max: 20_000 }).map((digits) => "9".repeat(digits)),
);

/** JSON: sizes, numbers, names and texts. */
export const shapes = (scene: Scene): Attacks => {
  const alone = (text: fc.Arbitrary<string>) => sent(scene, text);
  const within = (value: fc.Arbitrary<string>, name = field) =>
    alone(fc.tuple(name, value).map(([key, text]) => `{"version":1,"${key}":${text}}`));
  const before = (name: fc.Arbitrary<string>, value: fc.Arbitrary<string>) =>
    alone(
      fc
        .tuple(name, value, validBody(scene))
        .map(([key, text, whole]) => `{"${key}":${text},${whole.slice(1)}`),
    );
  const changed = (value: fc.Arbitrary<unknown>) =>
    alone(fc.tuple(field, value).map(([key, given]) => JSON.stringify(booking(scene, { [key]: given }))));
  const repeated = fc.tuple(any('x| |é|😀|\\|"|\n|a@|.'), many).map(([text, count]) => text.repeat(count));
  // A whole booking: POST makes it, and PATCH asks for the version that it lacks.
  const made = [201, 400, 428];
  return {
    "huge array": [[400, 413], fc.oneof(alone(list), within(list))],
    "many keys": [[400, 413], fc.oneof(alone(keys), within(keys))],
    depth: [[400, 413], fc.oneof(alone(depth), within(depth))],
    "odd version": [[200, 400, 409], alone(number.map((text) => `{"version":${text},"notes":"n"}`))],
    "odd number": [[400], fc.oneof(alone(number), within(number))],
    "duplicate key": [made, before(field, json)],
    "prototype key": [
      [400],
      before(any("__proto__|constructor|prototype|\\u005f_proto__|constr\\u0075ctor"), json),
    ],
    "long string": [[...made, 409, 413], changed(repeated)],
    "any JSON": [[400], alone(fc.json({ maxDepth: 12 }))],
    "any value": [[...made, 409], changed(fc.jsonValue())],
    "any text": [[...made, 409], changed(fc.string({ unit: "grapheme", maxLength: 600 }))],
  };
};
