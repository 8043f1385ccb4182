/**
 * The text with an apostrophe before it where a spreadsheet would take it for a formula (ASVS 1.2.10,
 * https://owasp.org/www-community/attacks/CSV_Injection): it begins with one of these characters, an apostrophe or several before it aside.
 * Those are counted too, so that `readCell` gives back every text as it was.
 */
export const writeCell = (text: string): string => (formula.test(text) ? `'${text}` : text);

/** The text that `writeCell` wrote. */
export const readCell = (text: string): string => (escaped.test(text) ? text.slice(1) : text);

// The last four are the full-width forms, which some spreadsheets take for the others.
const formula = /^'*[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;
const escaped = /^'+[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;
