/** A part of a comment: as it is best, then ever shorter. The last form is what stays in any case; none: nothing. */
export type Section = readonly string[];

/** Half of the 65,536 characters that GitHub takes for a comment. */
const mostCharacters = 32_000;

const note = "_Left out, since a comment has no room for it: details. `npm run preview` shows them all._";

/** The sections as one text, within the limit: the last section takes its shorter forms first, then the one before it. */
export function limited(sections: readonly Section[], most = mostCharacters): string {
  const present = sections.filter((section) => section.length > 0);
  const forms = present.map(() => 0);
  const text = (): string => {
    const isShortened = forms.some((form) => form > 0);
    const shown = present.map((section, index) => section[forms[index] ?? 0] ?? "");
    return `${[...shown, isShortened ? note : ""].filter((part) => part !== "").join("\n\n")}\n`;
  };
  for (let index = present.length - 1; index >= 0 && text().length > most; index -= 1) {
    const last = (present[index]?.length ?? 1) - 1;
    while ((forms[index] ?? 0) < last && text().length > most) forms[index] = (forms[index] ?? 0) + 1;
  }
  // Each section's shortest form is bounded, so this takes a hundred warnings of 2,000 characters: then the first count.
  return short(text(), most);
}

/** The text, cut to a number of characters, and never within one of them. */
export const short = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;

/** Details that a reader opens. */
export const folded = (title: string, content: string, open = false): string =>
  `<details${open ? " open" : ""}><summary>${title}</summary>\n\n${content}\n\n</details>`;

/** What a change does: open at once where it is short. */
export const foldedIfLong = (title: string, content: string): string =>
  folded(title, content, content.split("\n").length <= 16);

export const quoted = (lines: readonly string[]): string =>
  lines.map((line) => `> ${line}`.trimEnd()).join("\n");

/** A block of code, with a fence longer than any run of backticks inside: no value can end the block and write markup of its own. */
export function fenced(language: string, lines: readonly string[]): string {
  const content = lines.map((line) => line.replaceAll(/[\r\n]+/g, " ")).join("\n");
  const longest = Math.max(2, ...[...content.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}${language}`, content, fence].join("\n");
}
