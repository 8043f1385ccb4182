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

interface Tree {
  [member: string]: string | Tree;
}

/** Parameters of a Query call as XML: many calls describe things in the very shape in which they are made. */
export function xmlOfForm(form: URLSearchParams): string {
  const root: Tree = {};
  for (const [path, value] of form) {
    if (path === "Action" || path === "Version") continue;
    const steps = path.split(".");
    const last = steps.pop() ?? "";
    let node = root;
    for (const step of steps) {
      const next = node[step];
      const child: Tree = typeof next === "object" ? next : {};
      node[step] = child;
      node = child;
    }
    node[last] = value;
  }
  return xmlOfTree(root);
}

/** A list is `member.1`, `member.2`: the same element again and again. */
const xmlOfTree = (node: Tree): string =>
  Object.entries(node)
    .flatMap(([name, inner]) => {
      if (typeof inner === "string") return [`<${name}>${escapeXml(inner)}</${name}>`];
      const isList = Object.keys(inner).every((key) => /^\d+$/.test(key));
      const items = isList ? Object.values(inner) : [inner];
      return items.map(
        (item) => `<${name}>${typeof item === "string" ? escapeXml(item) : xmlOfTree(item)}</${name}>`,
      );
    })
    .join("");

/** The content with an element for each of these parameters that a call had. @param written how the answer spells it */
export const withTold = (
  content: string,
  form: URLSearchParams,
  names: readonly string[],
  written: (name: string) => string = (name) => name,
): string =>
  names.reduce((result, name) => {
    const value = form.get(name);
    return value === null ? result : withElement(result, written(name), escapeXml(value));
  }, content);
