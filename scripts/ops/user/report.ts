import type { UserAction, UserResult } from "./actions.ts";

/** What was done, for a person. */
export const userReport = (action: UserAction, { user, invitation, password, tier }: UserResult): string =>
  [
    `${done[action]}: ${user.email}, ${user.role}, ${user.status} (user ${user.id})`,
    ...(password === undefined ? [] : [`Password, shown only now: ${password}`]),
    ...(invitation === undefined
      ? []
      : [
          `Invitation, shown only now, until ${invitation.expiresAt}: ${invitation.token}`,
          "The person who has it chooses the password: POST /v1/auth/accept-invitation with token and password.",
        ]),
    ...(tier === undefined
      ? []
      : [
          `The organisation's tier is ${tier.now}${tier.before === tier.now ? " already" : `, and was ${tier.before}`}.`,
          "API keys have its limits within seconds, users within 15 minutes, with their next access token.",
        ]),
    ...(endsSessions.has(action) ? ["Every replica refuses the user's sessions within five seconds."] : []),
  ].join("\n");

const done: Record<UserAction, string> = {
  create: "Created",
  invite: "Invited",
  reset: "Reset",
  disable: "Disabled",
  enable: "Enabled",
  unlock: "Unlocked",
  tier: "Tier set",
};
const endsSessions = new Set<UserAction>(["reset", "disable"]);
