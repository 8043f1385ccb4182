import type * as z from "zod";
import { AwsError } from "./errors.ts";

/** Who makes a call. */
export interface Caller {
  accessKeyId: string;
}

/** One API operation: called directly by this code base, through `handle` with what came over the wire. */
export interface Operation<Input, Output> {
  (input: Input): Promise<Output>;
  handle(input: unknown, caller: Caller): Promise<Output>;
}

/** What the HTTP side needs to know of a service's operations. */
export type Operations = Readonly<
  Record<string, { handle(input: unknown, caller: Caller): Promise<unknown> }>
>;

/** The caller of an operation that is called directly, without HTTP. */
const ourselves: Caller = { accessKeyId: "stand-in" };

/** Makes an operation whose input is checked; what does not fit is answered with the service's validation error. */
export const operation = <Schema extends z.ZodType, Output>(
  schema: Schema,
  run: (input: z.output<Schema>, caller: Caller) => Output | Promise<Output>,
  invalidCode = "InvalidParameterException",
): Operation<z.input<Schema>, Output> => {
  const handle = async (input: unknown, caller: Caller): Promise<Output> => {
    const parsed = schema.safeParse(input);
    if (parsed.success) return run(parsed.data, caller);
    const [issue] = parsed.error.issues;
    const where = issue?.path.join(".") || "the request";
    throw new AwsError(invalidCode, `Invalid value for ${where}: ${issue?.message ?? "not as documented"}`);
  };
  return Object.assign((input: z.input<Schema>) => handle(input, ourselves), { handle });
};
