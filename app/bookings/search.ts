import { type RawBuilder, type SqlBool, sql } from "kysely";

/** What a search compares, from the first character on, and the index of it, which begins with the organisation. */
export const searched = {
  name: { column: "client_name", index: "bookings_by_name" },
  nameFrom2: { column: "client_name_from_2", index: "bookings_by_name_from_2" },
  nameFrom3: { column: "client_name_from_3", index: "bookings_by_name_from_3" },
  email: { column: "client_email", index: "bookings_by_email" },
  phone: { column: "client_phone_reversed", index: "bookings_by_phone" },
} as const;
export type Searched = keyof typeof searched;

/** LIKE patterns by what they are compared with. A text that is no phone number is not looked for among those. */
export type Patterns = Partial<Record<Searched, string>>;

/** A phone number as people write it. */
const phoneNumber = /^[+\d\s()./-]+$/;
const leastDigits = 3;

/**
 * What a search text finds: clients whose name begins with it, or whose name from the second or the third word on; addresses that begin
 * with it; phone numbers that end with its digits. Zeros in front do not count: countries write them, E.164 does not. Capitals and
 * accents count as the columns' collation has it: not.
 */
export function patternsOf(text: string): Patterns {
  const beginning = `${escapeLike(text)}%`;
  const patterns: Patterns = {
    name: beginning,
    nameFrom2: beginning,
    nameFrom3: beginning,
    email: beginning,
  };
  const digits = phoneNumber.test(text) ? text.replaceAll(/\D/g, "").replace(/^0+/, "") : "";
  if (digits.length >= leastDigits) patterns.phone = `${[...digits].reverse().join("")}%`;
  return patterns;
}

/** `%` and `_` in what a person types are characters, not wildcards. */
const escapeLike = (text: string): string => text.replace(/[!%_]/g, "!$&");

/** Whether a booking has this beginning there. */
export const begins = (what: Searched, pattern: string | undefined): RawBuilder<SqlBool> =>
  sql<SqlBool>`${sql.ref(searched[what].column)} like ${pattern} escape '!'`;
