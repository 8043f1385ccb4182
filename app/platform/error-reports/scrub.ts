/**
 * What can be a client's in the text of an error: what it quotes, e-mail addresses, addresses of machines, and tokens, which are long and
 * have digits. The names of functions and files stay.
 */
const ofClients: readonly (readonly [RegExp, string])[] = [
  [/(?<!\w)(['"`])(?:(?!\1)[\s\S])*(?:\1|$)/g, "[quoted]"],
  [/[^\s<>()"']+@[^\s<>()"']+/g, "[e-mail]"],
  [/\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b/g, "[address]"],
  [/\b(?:[\da-f]{0,4}:){3,7}[\da-f]{1,4}\b/gi, "[address]"],
  [/\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi, "[id]"],
  [/(?=[\w.~+/=-]*\d)[\w.~+/=-]{24,}/g, "[token]"],
];

/** So much of a text is told, characters: some patterns take the square of its length. */
const most = 1_000;

/** The beginning of a text, without what can be a client's. */
export const scrubbed = (text: string): string =>
  ofClients.reduce((left, [pattern, name]) => left.replace(pattern, name), text.slice(0, most));
