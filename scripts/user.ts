/** `npm run user -- <environment> create|invite|… EMAIL`: who may sign in, the first admin above all (A8). */
import * as z from "zod";
import { createUser, emailAddress } from "../app/accounts/schema.ts";
import { tiers } from "../app/contract/limits.ts";
import { keysOf } from "../app/contract/records.ts";
import { roles } from "../app/http/access.ts";
import { Problem } from "../app/http/errors/problem.ts";
import { runCommand } from "./cli/command.ts";
import { declare } from "./cli/declaration.ts";
import { CommandError } from "./cli/errors.ts";
import { oneOf } from "./cli/values.ts";
import { accessTo } from "./ops/database/access.ts";
import { inWords } from "./ops/database/explain.ts";
import { accessOptions, databaseFlags } from "./ops/database/options.ts";
import { credentialsNote } from "./ops/environment-flags.ts";
import { changeUser, userActions } from "./ops/user/actions.ts";
import { withDirectory } from "./ops/user/directory.ts";
import { userReport } from "./ops/user/report.ts";

const actions = keysOf(userActions);
const all = `Name an environment, one of ${actions.join(", ")}, and an e-mail address`;

const personName = z
  .string()
  .refine(
    (typed) => createUser.shape.name.safeParse(typed).success,
    "1 to 100 characters, none of them control characters",
  );

const command = declare({
  name: "user",
  summary:
    "Says who may sign in: the first admin, and a person who has lost the way in. Admins do the rest by the API.",
  forms: Object.fromEntries(actions.map((action) => [`ENVIRONMENT ${action} EMAIL`, userActions[action]])),
  arguments: z.tuple([z.string(all), z.enum(actions, all), emailAddress.catch(() => "")], all),
  flags: {
    name: {
      placeholder: "NAME",
      value: personName,
      description: "with create: the person's name; default: the address",
    },
    role: {
      placeholder: "ROLE",
      value: oneOf(roles),
      description: "with create: admin or member; default: member",
    },
    tier: {
      placeholder: "TIER",
      value: oneOf(tiers),
      description: `with tier: ${tiers.join(" or ")}, whose limits docs/limits.md lists`,
    },
    password: {
      description:
        "with create and reset, in the sandbox: set a random password, and show it once, instead of an invitation",
    },
    ...databaseFlags,
  },
  conflict: ({ flags, arguments: [environment, action, email] }) => {
    const { name, role, tier, password } = flags;
    if (email === "") return all;
    if (action !== "create" && (name !== undefined || role !== undefined))
      return "--name and --role go with create";
    if ((action === "tier") !== (tier !== undefined))
      return "The action tier takes --tier, and no other does";
    if (!password) return undefined;
    if (action !== "create" && action !== "reset") return "--password goes with create and reset";
    // A password that the person has not chosen may not stay (ASVS 6.4.1). An invitation ends.
    return accessOptions(environment, flags).local
      ? undefined
      : "--password goes with an environment in the sandbox: elsewhere the person chooses one, by invitation";
  },
  notes: `It works as the API's database user, and reads that user's secret and the application's keys. ${credentialsNote}`,
  examples: [
    "npm run user -- staging create ada@example.com --name 'Ada Lovelace' --role admin",
    "npm run user -- staging tier ada@example.com --tier plus",
  ],
  exits: { missing: "the sandbox does not run" },
  explain: (error) => (error instanceof Problem ? new CommandError(error.message) : inWords(error)),
});

await runCommand(command, async ({ flags, arguments: [environment, action, email] }) => {
  const access = accessTo(accessOptions(environment, flags));
  const result = await withDirectory(access, flags.via, (directory) =>
    changeUser(directory, action, { email, ...flags }),
  );
  console.log(flags.json ? JSON.stringify(result, undefined, 2) : userReport(action, result));
  return 0;
});
