import {
  type Compilable,
  DummyDriver,
  Kysely,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  type RawBuilder,
} from "kysely";
import type { Tables } from "./tables.ts";

/** What statements run on: the pool for a single one, or a transaction. */
export interface Connection {
  /** @returns the rows of a read; empty for a write. */
  run(sql: string, values: unknown[]): Promise<readonly unknown[]>;
}

/** Runs a statement with these values. */
export type Statement<Values, Row> = (connection: Connection, values: Values) => Promise<Row[]>;

/** Placeholder for a value during compilation. */
class Placeholder {
  readonly name: PropertyKey;

  constructor(name: PropertyKey) {
    this.name = name;
  }
}

/** Compiles, and runs nothing. */
const compiler = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new MysqlAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new MysqlIntrospector(db),
    createQueryCompiler: () => new MysqlQueryCompiler(),
  },
});

/**
 * A statement with constant text: Kysely checks its types and compiles it once, instead of for every request, and the server
 * prepares it once per connection. Values travel separately from the text.
 * @param names the values that it takes. @param build the statement; it must use each value as a whole.
 */
export function statement<Values extends object, Row>(
  names: readonly (keyof Values)[],
  build: (db: Kysely<Tables>, values: Values) => Compilable<Row>,
): Statement<Values, Row> {
  const placeholders = Object.fromEntries(names.map((name) => [name, new Placeholder(name)]));
  const { sql, parameters } = build(compiler, placeholders as Values).compile();
  return async (connection, values) => {
    const given = parameters.map((parameter) =>
      parameter instanceof Placeholder ? values[parameter.name as keyof Values] : parameter,
    );
    try {
      // A row holds what the tables' types say, as with every query of Kysely's.
      return (await connection.run(sql, given)) as Row[];
    } catch (error) {
      throw withCaller(error);
    }
  };
}

/** A statement for `statement` that is written as SQL, where Kysely's words do not reach. */
export const written = <Row>(db: Kysely<Tables>, query: RawBuilder<Row>): Compilable<Row> => ({
  compile: () => query.compile(db),
});

/** The client's stack begins at its socket: ours says who ran the statement. */
function withCaller(error: unknown): unknown {
  if (error instanceof Error) error.stack += `\n${new Error().stack?.split("\n").slice(3).join("\n")}`;
  return error;
}
