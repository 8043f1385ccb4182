/** The little XML that the supplements read and change: what the emulator writes has no attributes, no CDATA. */

/** Text of the first element of that name; undefined: there is none. */
export const textIn = (xml: string, name: string): string | undefined => elementsIn(xml, name)[0];

/** Contents of all elements of that name that lie in no other one of that name. */
export const elementsIn = (xml: string, name: string): string[] => {
  const found: string[] = [];
  replaceElements(xml, name, (content) => {
    found.push(content);
    return content;
  });
  return found;
};

/** Puts `change` of their content in place of all outermost elements of a name; undefined takes the element away. */
export function replaceElements(
  xml: string,
  name: string,
  change: (content: string) => string | undefined,
): string {
  const tag = new RegExp(`<(/?)${name}(/?)>`, "g");
  let result = "";
  let depth = 0;
  let end = 0;
  let contentAt = 0;
  for (const { index, 0: text, 1: closing, 2: empty } of xml.matchAll(tag)) {
    if (depth === 0) result += xml.slice(end, index);
    if (depth === 0 && !empty) contentAt = index + text.length;
    if (!empty) depth += closing ? -1 : 1;
    if (depth > 0) continue;
    const changed = change(empty ? "" : xml.slice(contentAt, index));
    if (changed !== undefined) result += `<${name}>${changed}</${name}>`;
    end = index + text.length;
  }
  return result + xml.slice(end);
}

/** Puts text at the end of the content of the outermost elements of a name, or in place of an element that is there. */
export const withElement = (content: string, name: string, inner: string): string =>
  new RegExp(`<${name}/?>`).test(content)
    ? replaceElements(content, name, () => inner)
    : `${content}<${name}>${inner}</${name}>`;

export const escapeXml = (text: string): string =>
  text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`);
