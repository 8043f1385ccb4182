import * as z from "zod";
import { CommandError } from "../../../cli/errors.ts";
import type { ResourceRequest, ResourceResult } from "../../../plan/monitor/index.ts";
import type { Sandbox } from "../sandbox.ts";

/** A resource that the program asks for, with the id and outputs that were made up for it. */
export interface Registration {
  request: ResourceRequest;
  shaped: ResourceResult;
  sandbox: Sandbox;
}

/** Makes a resource real, and says what became of it. */
export type Provisioner = (registration: Registration) => Promise<ResourceResult>;

/** The made-up outputs with what is true here in their place. */
export const outputs = (
  { shaped }: Registration,
  state: Record<string, unknown>,
  id = shaped.id,
): ResourceResult => ({
  id,
  state: { ...shaped.state, ...state },
});

/** Reads the properties that the sandbox acts on, names and identifiers that AWS would give included. */
export const properties = <Schema extends z.ZodType>(
  { request, shaped }: Registration,
  schema: Schema,
): z.output<Schema> => {
  const read = schema.safeParse(shaped.state);
  if (read.success) return read.data;
  throw new CommandError(
    `the sandbox cannot make ${request.name} [${request.type}] real:\n${z.prettifyError(read.error)}`,
  );
};
