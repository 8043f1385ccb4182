import type { Environment } from "./schema.ts";

/** What a check knows besides the configuration. */
export interface Place {
  /** Name of the stack. */
  name: string;
  region: string;
}

/** `path` is wrong as `is` says; `to` is the value that mends it, none: take the key out. */
export interface Finding {
  path: string;
  is: string;
  to?: string | number | boolean;
}

/** Looks at a configuration whose every value by itself is right; false stands for a finding that does not apply. */
export type Check = (environment: Environment, place: Place) => Array<Finding | false>;
