import type { FastifyBaseLogger } from "fastify";

type Line = [fields: unknown, message?: string, ...values: unknown[]];
type Child = Parameters<FastifyBaseLogger["child"]>;

/**
 * A logger that is created at its first line, as are its children: each request has one, which adds the request's id to each line.
 * Creation costs a twentieth of a small request, because pino searches the fields for secrets, and only one request in thousands
 * logs.
 */
export class LazyLogger implements FastifyBaseLogger {
  readonly #make: () => FastifyBaseLogger;
  #made: FastifyBaseLogger | undefined;

  constructor(make: () => FastifyBaseLogger) {
    this.#make = make;
  }

  get #logger(): FastifyBaseLogger {
    this.#made ??= this.#make();
    return this.#made;
  }

  get level(): string {
    return this.#logger.level;
  }

  child(...[bindings, options]: Child): FastifyBaseLogger {
    return new LazyLogger(() => this.#logger.child(bindings, options));
  }

  fatal(...line: Line): void {
    this.#logger.fatal(...line);
  }

  error(...line: Line): void {
    this.#logger.error(...line);
  }

  warn(...line: Line): void {
    this.#logger.warn(...line);
  }

  info(...line: Line): void {
    this.#logger.info(...line);
  }

  debug(...line: Line): void {
    this.#logger.debug(...line);
  }

  trace(...line: Line): void {
    this.#logger.trace(...line);
  }

  silent(): void {}
}
