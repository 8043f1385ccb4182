import * as z from "zod";

/** Members of secret values that everybody may see. */
const openMembers =
  /^(engine|host|port|dbname|username|kid|alg|kty|crv|x|state|createdAt|signsFrom|verifiesUntil|from|until|accountSid)$/;
/** Shorter texts are too likely to be part of ordinary words; no secret of the product is that short. */
const shortest = 8;

/** Every text in a secret's value (JSON) that nobody may see, with where it stands: `keys.0.privateJwk.d`. */
const secretTexts = (json: string): { path: string; text: string }[] => {
  const found: { path: string; text: string }[] = [];
  const walk = (value: unknown, path: readonly string[]): void => {
    if (typeof value === "string" && value.length >= shortest)
      found.push({ path: path.join("."), text: value });
    if (typeof value !== "object" || value === null) return;
    for (const [name, member] of Object.entries(value))
      if (!openMembers.test(name)) walk(member, [...path, name]);
  };
  walk(JSON.parse(json), []);
  return found;
};

const state = z.object({
  secrets: z.array(
    z.object({ name: z.string(), versions: z.array(z.object({ string: z.string().optional() })) }),
  ),
});

/** Every text that was ever secret in a stand-in's state file: all versions of all secrets. */
export const everSecret = (stateFile: string): { of: string; text: string }[] => {
  const { secrets } = state.parse(JSON.parse(stateFile));
  const all = secrets.flatMap(({ name, versions }) =>
    versions.flatMap(({ string }) =>
      string === undefined
        ? []
        : secretTexts(string).map(({ path, text }) => ({ of: `${name} ${path}`, text })),
    ),
  );
  return [...new Map(all.map((each) => [each.text, each])).values()];
};
