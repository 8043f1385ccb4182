import type { WrongSetting } from "./errors.ts";
import type { Rule, Settings } from "./rule.ts";
import { dataRules } from "./rules/data.ts";
import { networkRules } from "./rules/network.ts";
import { keepsData, staysUp } from "./rules/production.ts";
import { scheduleRules } from "./rules/schedule.ts";
import { windows } from "./rules/windows.ts";
import { workloadRules } from "./rules/workload.ts";

const inProduction: readonly Rule[] = [staysUp, keepsData];
const inAnyTier: readonly Rule[] = [...dataRules, ...workloadRules, ...scheduleRules, windows];

/**
 * What is wrong although each value by itself is right: unsafe combinations in production, contradictions in any tier.
 *
 * The proposed values are right together, although no rule sees another's correction. If one setting must fit another that can
 * also be wrong, its rule uses the other's right value: the NAT gateways fit the zones that production will have, and the
 * windows fit the environment's right on hours.
 */
export const brokenRules = (settings: Settings): WrongSetting[] =>
  [...networkRules, ...(settings.tier === "production" ? inProduction : []), ...inAnyTier]
    .flatMap((rule) => rule(settings))
    .filter((setting) => setting !== false);
