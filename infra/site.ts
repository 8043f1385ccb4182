import type * as pulumi from "@pulumi/pulumi";
import type { StackEnvironment } from "./config/load.ts";
import { type Account, currentAccount } from "./lib/account.ts";
import { environmentTags, tagEverything } from "./lib/tags.ts";

/** What every part of a stack is made with. */
export interface Site {
  environment: StackEnvironment;
  account: Account;
  tags: Readonly<Record<string, string>>;
  /** CloudWatch namespace of the environment's own metrics. */
  metricNamespace: string;
  /** Name of a part: `bulwark-staging-database`. It is the first piece of the names of everything in it, in AWS too. */
  named(part: string): string;
  /** Options of every part: tags on all that is in it. */
  opts: pulumi.ComponentResourceOptions;
}

/** The place where an environment is built. */
export function siteOf(environment: StackEnvironment): Site {
  const tags = environmentTags(environment);
  return {
    environment,
    account: currentAccount(environment.region),
    tags,
    metricNamespace: `Bulwark/${environment.name}`,
    named: (part) => `bulwark-${environment.name}-${part}`,
    opts: { transformations: [tagEverything(tags)] },
  };
}
