import commonPasswords from "fxa-common-password-list";

/** Characters, as Unicode code points. There is no rule of composition (ASVS 6.2.1, 6.2.5, 6.2.9). */
const passwordLength = { min: 8, max: 128 } as const;
const product = "bulwark";
/** Shorter words are in too many others. */
const shortestWord = 4;

/**
 * Why a new password is refused, or undefined. It must be long enough without the words that a guesser knows, and not be among the
 * passwords that everybody tries: the 50,000 most frequent ones of eight characters or more in Mark Burnett's ten million leaked
 * passwords, as Mozilla ships them for Firefox accounts (MPL-2.0, 240 KB, no network). The API takes a password as it is typed,
 * without trimming, folding or normalising it (ASVS 6.2.8).
 */
export function passwordFault(
  password: string,
  { email, name }: { email: string; name: string },
): string | undefined {
  const length = codePoints(password);
  if (length < passwordLength.min) return `must have at least ${passwordLength.min} characters`;
  if (length > passwordLength.max) return `must have at most ${passwordLength.max} characters`;
  const small = password.toLowerCase();
  if (commonPasswords.test(password) || commonPasswords.test(small)) {
    return "is one of the passwords that are tried first";
  }
  const texts = [product, email, name].map((text) => text.toLowerCase());
  const words = [...texts, ...texts.flatMap((text) => text.split(/[\s@.,_+-]+/))];
  const rest = words
    .filter((word) => word.length >= shortestWord)
    .reduce((text, word) => text.replaceAll(word, ""), small);
  if (codePoints(rest) >= passwordLength.min) return undefined;
  return `must have ${passwordLength.min} characters besides your name, your e-mail address and "${product}"`;
}

const codePoints = (text: string): number => [...text].length;
