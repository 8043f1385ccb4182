/** A log event as a filter sees it: text, and an object where it is JSON. */
type Matches = (event: string) => boolean;

/**
 * CloudWatch's filter patterns, as far as the stack uses them: terms of text, all of which must occur, and conditions on JSON
 * with `=`, `!=`, `&&`, `||`, parentheses, `*` in texts, and numbers.
 * Source: "Filter pattern syntax for metric filters" in the Amazon CloudWatch Logs user guide.
 */
export function filterPattern(pattern: string): Matches {
  const [, condition] = /^\s*\{(.*)\}\s*$/s.exec(pattern) ?? [];
  if (condition === undefined) {
    const terms = [...pattern.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
    return (event) => terms.every((term) => event.includes(term));
  }
  const matches = parseCondition(condition);
  return (event) => {
    const value = parsed(event);
    return value !== undefined && matches(value);
  };
}

/** A line of a pod as the collector brings it to CloudWatch. */
export const collected = (line: Record<string, unknown>, namespace = "bulwark"): string =>
  JSON.stringify({ log_processed: line, kubernetes: { namespace_name: namespace } });

/** What a metric filter takes from an event: a number, or what its selector (`$.a.b`) names. */
export const metricValue = (value: string, event: string): unknown =>
  value.startsWith("$") ? selected(parsed(event), value) : Number(value);

function parseCondition(text: string): (value: object) => boolean {
  const tokens = text.match(/&&|\|\||!=|=|\(|\)|"(?:[^"\\]|\\.)*"|[^\s()=!&|]+/g) ?? [];
  let at = 0;
  const either = (): ((value: object) => boolean) => joined("||", both, (results) => results.some(Boolean));
  const both = () => joined("&&", single, (results) => results.every(Boolean));

  function joined(
    sign: string,
    part: () => (value: object) => boolean,
    judge: (results: boolean[]) => boolean,
  ): (value: object) => boolean {
    const parts = [part()];
    while (tokens[at] === sign) {
      at++;
      parts.push(part());
    }
    return (value) => judge(parts.map((matches) => matches(value)));
  }

  function single(): (value: object) => boolean {
    const first = tokens[at++];
    if (first === "(") {
      const inner = either();
      if (tokens[at++] !== ")") throw new SyntaxError(`${text}: ) expected`);
      return inner;
    }
    const [sign, wanted] = [tokens[at++], tokens[at++]];
    if (!first?.startsWith("$.") || wanted === undefined || (sign !== "=" && sign !== "!="))
      throw new SyntaxError(`${text}: a condition expected, not ${first} ${sign} ${wanted}`);
    return (value) => isLike(selected(value, first), wanted) === (sign === "=");
  }

  const result = either();
  if (at < tokens.length) throw new SyntaxError(`${text}: ${tokens[at]} is too much`);
  return result;
}

function isLike(found: unknown, wanted: string): boolean {
  if (!wanted.startsWith('"')) return found === Number(wanted);
  const parts = wanted.slice(1, -1).split("*");
  const literal = parts.map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return typeof found === "string" && new RegExp(`^${literal.join(".*")}$`, "s").test(found);
}

const selected = (value: unknown, selector: string): unknown =>
  selector
    .split(".")
    .slice(1)
    .reduce<unknown>(
      (inner, step) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, step) : undefined),
      value,
    );

function parsed(event: string): object | undefined {
  try {
    const value: unknown = JSON.parse(event);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
