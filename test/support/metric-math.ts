import type { Series } from "./alarm-evaluator.ts";

/** Seconds between two data points, and the metrics by their ids. */
interface Given {
  periodSeconds: number;
  metrics: Readonly<Record<string, Series>>;
}
type Point = number | undefined;

const operators: Readonly<Record<string, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "<": (left, right) => Number(left < right),
  ">": (left, right) => Number(left > right),
};
const levels = [
  ["<", ">"],
  ["+", "-"],
  ["*", "/"],
] as const;

/**
 * Evaluates the part of CloudWatch's metric math that the stack's alarms use. What is no number, as 0/0, is no data.
 * Source: "Using math expressions with CloudWatch metrics" in the Amazon CloudWatch user guide.
 */
export function metricMath(expression: string, { periodSeconds, metrics }: Given): Series {
  const length = Math.max(...Object.values(metrics).map((series) => series.length));
  const tokens = expression.match(/[A-Za-z_]\w*|[\d.]+|[-+*/<>(),[\]]/g) ?? [];
  let at = 0;
  const take = (wanted?: string): string => {
    const token = tokens[at++];
    if (token === undefined || (wanted !== undefined && token !== wanted))
      throw new SyntaxError(`${expression}: ${wanted ?? "a value"} expected, not ${token ?? "its end"}`);
    return token;
  };
  const each = (make: (index: number) => Point): Point[] => Array.from({ length }, (_, index) => make(index));

  function binary(level: number): Point[] {
    const signs: readonly string[] | undefined = levels[level];
    if (signs === undefined) return value();
    let left = binary(level + 1);
    while (signs.includes(tokens[at] ?? "")) {
      const apply = operators[take()];
      const [first, second] = [left, binary(level + 1)];
      left = each((index) => both(first[index], second[index], apply));
    }
    return left;
  }

  function value(): Point[] {
    const token = take();
    if (token === "(") return closed(binary(0), ")");
    if (/^[\d.]/.test(token)) return each(() => Number(token));
    if (tokens[at] !== "(") return [...(metrics[token] ?? missing(token))];
    take("(");
    return closed(call(token), ")");
  }

  function call(name: string): Point[] {
    if (name === "MAX") {
      take("[");
      const all = list();
      return closed(
        each((index) => highest(all.map((series) => series[index]))),
        "]",
      );
    }
    const [first = [], second = [], third = []] = list();
    if (name === "FILL") return each((index) => first[index] ?? second[index]);
    if (name === "IF") return each((index) => choice(first[index], second[index], third[index]));
    if (name === "RATE")
      return each((index) =>
        both(first[index], first[index - 1], (now, then) => (now - then) / periodSeconds),
      );
    throw new SyntaxError(`${expression}: ${name} is not known here`);
  }

  function list(): Point[][] {
    const all = [binary(0)];
    while (tokens[at] === ",") {
      take(",");
      all.push(binary(0));
    }
    return all;
  }

  const closed = (series: Point[], end: string): Point[] => {
    take(end);
    return series;
  };
  const missing = (id: string): never => {
    throw new ReferenceError(`${expression}: no metric ${id}`);
  };
  const result = binary(0);
  if (at < tokens.length) throw new SyntaxError(`${expression}: too long`);
  return result;
}

function both(
  left: Point,
  right: Point,
  apply: ((left: number, right: number) => number) | undefined,
): Point {
  if (left === undefined || right === undefined || apply === undefined) return undefined;
  const value = apply(left, right);
  return Number.isFinite(value) ? value : undefined;
}

const choice = (condition: Point, then: Point, otherwise: Point): Point =>
  condition === undefined ? undefined : condition === 0 ? otherwise : then;

const highest = (points: Point[]): Point => {
  const real = points.filter((point) => point !== undefined);
  return real.length === 0 ? undefined : Math.max(...real);
};
