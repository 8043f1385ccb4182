import type { WrongSetting } from "./errors.ts";
import type { Environment } from "./schema.ts";

/** What rules look at: the configuration, and the region from `aws:region`. */
export type Settings = Environment & { region: string };

/** Looks at settings of which each by itself is right; false stands for what is not wrong. */
export type Rule = (settings: Settings) => ReadonlyArray<WrongSetting | false>;
