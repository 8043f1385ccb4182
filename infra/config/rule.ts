import type { WrongSetting } from "./errors.ts";
import type { Environment } from "./schema.ts";

/** What rules look at: the configuration, and the region from `aws:region`. */
export type Settings = Environment & { region: string };

/** Checks settings of which each by itself is right; false means that nothing is wrong. */
export type Rule = (settings: Settings) => ReadonlyArray<WrongSetting | false>;
