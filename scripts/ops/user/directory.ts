import { Invitations } from "../../../app/accounts/invitations.ts";
import { Accounts } from "../../../app/accounts/service.ts";
import { ApiKeys } from "../../../app/api-keys/service.ts";
import { usualPasswordCost } from "../../../app/contract/env.ts";
import { secretCatalogue, secretName } from "../../../app/contract/secrets.ts";
import { Organisations } from "../../../app/organisations/service.ts";
import { PasswordHasher } from "../../../app/passwords/hasher.ts";
import { Signer } from "../../../app/platform/signer.ts";
import { SessionRecords } from "../../../app/sessions/records.ts";
import type { EnvironmentAccess } from "../database/access.ts";
import { withApplication } from "../database/application.ts";
import type { Login } from "../database/session.ts";
import { secretValue } from "../secret-value.ts";

/** The users and API keys of an environment, by the API's own services. */
export interface Directory {
  accounts: Accounts;
  apiKeys: ApiKeys;
  organisations: Organisations;
  /** Hashes with the environment's pepper; a sign-in raises the cost where the environment has a higher one. */
  hasher: PasswordHasher;
}

/**
 * Works on an environment's users as the API's database user, which has every right that this needs and no other.
 * @throws CommandError when a secret cannot be used
 */
export const withDirectory = async <Result>(
  access: EnvironmentAccess,
  via: Login["via"],
  work: (directory: Directory) => Promise<Result>,
): Promise<Result> => {
  const { environment } = access;
  const keys = await secretValue(
    access,
    secretName(environment, "app-keys"),
    secretCatalogue["app-keys"].schema,
  );
  return withApplication(access, via, (database) => {
    const invitations = new Invitations(new Signer(() => keys.cookie));
    // The replicas learn by their next poll which sessions have ended.
    const sessions = new SessionRecords(database, { add: () => undefined });
    return work({
      accounts: new Accounts(database, invitations, sessions),
      apiKeys: new ApiKeys(database, environment),
      organisations: new Organisations(database),
      hasher: new PasswordHasher(usualPasswordCost, () => keys.pepper),
    });
  });
};
