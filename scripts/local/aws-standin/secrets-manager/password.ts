import { randomInt } from "node:crypto";
import * as z from "zod";
import { AwsError } from "../errors.ts";
import { operation } from "../operation.ts";

const kinds = {
  lowercase: "abcdefghijklmnopqrstuvwxyz",
  uppercase: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  numbers: "0123456789",
  punctuation: "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
};
const flag = z.boolean().default(false);

/** GetRandomPassword: 32 characters of every kind that is not excluded, at least one of each unless told otherwise. */
export const GetRandomPassword = operation(
  z.object({
    PasswordLength: z.number().int().min(1).max(4096).default(32),
    ExcludeCharacters: z.string().max(4096).default(""),
    ExcludeNumbers: flag,
    ExcludePunctuation: flag,
    ExcludeUppercase: flag,
    ExcludeLowercase: flag,
    IncludeSpace: flag,
    RequireEachIncludedType: z.boolean().default(true),
  }),
  (input) => {
    const included = [
      input.ExcludeLowercase ? "" : kinds.lowercase,
      input.ExcludeUppercase ? "" : kinds.uppercase,
      input.ExcludeNumbers ? "" : kinds.numbers,
      input.ExcludePunctuation ? "" : kinds.punctuation,
      input.IncludeSpace ? " " : "",
    ];
    const sets = included
      .map((kind) => [...kind].filter((character) => !input.ExcludeCharacters.includes(character)))
      .filter((kind) => kind.length > 0);
    if (sets.length === 0)
      throw new AwsError("InvalidParameterException", "No characters are left for the password.");
    const required = input.RequireEachIncludedType ? sets.map(pick) : [];
    if (required.length > input.PasswordLength) {
      throw new AwsError("InvalidParameterException", "PasswordLength is too short for each included type.");
    }
    const all = sets.flat();
    const rest = Array.from({ length: input.PasswordLength - required.length }, () => pick(all));
    return { RandomPassword: shuffled([...required, ...rest]).join("") };
  },
);

const pick = (characters: readonly string[]): string => characters[randomInt(characters.length)] ?? "";

const shuffled = (characters: string[]): string[] => {
  for (let last = characters.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [characters[last], characters[other]] = [characters[other] ?? "", characters[last] ?? ""];
  }
  return characters;
};
