import type { FastifyInstance } from "fastify";

/** Which methods each path has: asked only when no route matched, and for OPTIONS. */
export class RouteTable {
  readonly #routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();

  /** Learns every route that is added to the server from now on. */
  collect(app: FastifyInstance): void {
    app.addHook("onRoute", ({ url, method }) => {
      if (url !== "*") this.#add(url, [method].flat());
    });
  }

  /** `Allow` of a path (RFC 9110 section 10.2.1), of the whole server for "*"; undefined where there is nothing. */
  allow(path: string): string | undefined {
    const own = this.#routes.get(path);
    const matching =
      own === undefined
        ? [...this.#routes.values()].filter(({ pattern }) => path === "*" || pattern.test(path))
        : [own];
    if (matching.length === 0) return undefined;
    const methods = new Set(matching.flatMap((route) => [...route.methods]));
    return [...methods.add("OPTIONS")].sort().join(", ");
  }

  /** Whether a route has exactly this path: it is then no parameter of another route, such as the id in `/v1/bookings/:id`. */
  has(path: string): boolean {
    return this.#routes.has(path);
  }

  #add(url: string, methods: readonly string[]): void {
    const known = this.#routes.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    for (const method of methods) known.methods.add(method);
    this.#routes.set(url, known);
  }
}

/** A route as the tables of access and of limits name it. Fastify adds HEAD to each GET. */
export const routeLine = ({ method, url }: { method: string | string[]; url: string }): string =>
  `${method === "HEAD" ? "GET" : method} ${url}`;

function patternOf(url: string): RegExp {
  const parts = url.split("/").map((part) => (part.startsWith(":") ? "[^/]+" : literal(part)));
  return new RegExp(`^${parts.join("/")}$`);
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
