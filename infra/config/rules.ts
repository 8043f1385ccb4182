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
 * The values that are told are right together, so no rule sees what another one corrects. Where one setting has to fit another
 * that may be wrong too, its rule goes by what the other one will be: the NAT gateways by the zones that production will have,
 * the windows by the time in which the environment will be awake.
 */
export const brokenRules = (settings: Settings): WrongSetting[] =>
  [...networkRules, ...(settings.tier === "production" ? inProduction : []), ...inAnyTier]
    .flatMap((rule) => rule(settings))
    .filter((setting) => setting !== false);
