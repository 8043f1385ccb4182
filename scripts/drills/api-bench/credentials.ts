import { newKey } from "../../../app/api-keys/format.ts";
import { accessTokenSeconds } from "../../../app/contract/lifetimes.ts";
import type { JwtKeySet } from "../../../app/contract/secret-values.ts";
import { scopes } from "../../../app/http/access.ts";
import { defaultOrganisation } from "../../../app/organisations/table.ts";
import { idToBytes, newId } from "../../../app/platform/ids.ts";
import { AccessTokens } from "../../../app/sessions/access-token.ts";
import { KeySet } from "../../../app/signing-keys/key-set.ts";
import type { Session } from "../../ops/database/session.ts";

export const credentials = ["API key", "access token"] as const;
export type Credential = (typeof credentials)[number];

/** Who asks. User, session and API key have the same id. */
export interface Caller {
  id: string;
  key: string;
}

/** An admin of the default organisation with a session and an API key. */
export const addCaller = async (session: Session, environment: string): Promise<Caller> => {
  const id = newId();
  const { key, secretHash } = newKey(environment, idToBytes(id));
  const hex = (bytes: Buffer) => `x'${bytes.toString("hex")}'`;
  const common = {
    id: hex(idToBytes(id)),
    organisation_id: hex(idToBytes(defaultOrganisation)),
    created_at: "NOW(3)",
  };
  const day = "NOW(3) + INTERVAL 1 DAY";
  const rows = {
    users: {
      email: "'bench@example.com'",
      name: "'Bench'",
      role: "'admin'",
      version: "1",
      updated_at: "NOW(3)",
    },
    sessions: {
      ...{ user_id: common.id, generation: "1", seed: hex(secretHash), user_agent: "''" },
      ...{ refreshed_at: "NOW(3)", expires_at: day, ends_at: day },
    },
    api_keys: {
      ...{ name: "'Bench'", created_by: common.id, secret_hash: hex(secretHash), expires_at: day },
      scopes: `'${scopes.join(" ")}'`,
    },
  };
  for (const [table, row] of Object.entries(rows)) {
    const columns = Object.entries({ ...common, ...row });
    const names = columns.map(([name]) => name).join(", ");
    const values = columns.map(([, value]) => value).join(", ");
    await session.query(`INSERT INTO bulwark.${table} (${names}) VALUES (${values})`);
  }
  return { id, key };
};

const tokenUseMs = (accessTokenSeconds * 1_000) / 2;

/** What requests carry: one that counts now. */
export const credentialsOf = (
  environment: string,
  { id, key }: Caller,
  jwt: JwtKeySet,
): Record<Credential, () => Promise<string>> => {
  const secret = {
    current: jwt,
    onChange: () => undefined,
    refresh: async () => false,
    refused: () => undefined,
  };
  const tokens = new AccessTokens(new KeySet(secret), environment);
  const organisationId = defaultOrganisation;
  const sign = () =>
    tokens.sign({ userId: id, sessionId: id, organisationId, role: "admin", tier: "standard" });
  let [token, signedAt] = ["", Number.NEGATIVE_INFINITY];
  return {
    "API key": async () => key,
    // One for many requests, as clients have it, and replaced before it expires.
    "access token": async () => {
      if (performance.now() - signedAt > tokenUseMs) [token, signedAt] = [await sign(), performance.now()];
      return token;
    },
  };
};
