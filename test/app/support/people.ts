import { randomUUID } from "node:crypto";
import { ApiKeys } from "../../../app/api-keys/service.ts";
import type { Tier } from "../../../app/contract/limits.ts";
import type { Role, Scope } from "../../../app/http/access.ts";
import { newId } from "../../../app/platform/ids.ts";
import type { ApiFixture, TestApi } from "./fixture.ts";

/** An organisation with a user, made behind the API's back. */
export const makeOrganisation = async (
  fixture: ApiFixture,
  tier: Tier = "standard",
  role: Role = "admin",
) => {
  const [organisationId, userId] = [newId(), newId()];
  const { dbname } = fixture.login;
  await fixture.mysql.query(
    `INSERT INTO ${dbname}.organisations (id, name, tier) VALUES (UUID_TO_BIN(?), 'Other', ?)`,
    [organisationId, tier],
  );
  await fixture.mysql.query(
    `INSERT INTO ${dbname}.users (id, organisation_id, email, name, role, version, created_at, updated_at)
     VALUES (UUID_TO_BIN(?), UUID_TO_BIN(?), ?, 'Ann', ?, 1, NOW(3), NOW(3))`,
    [userId, organisationId, `${randomUUID()}@example.org`, role],
  );
  return { organisationId, userId };
};

/** A key of an organisation, as an admin of it would make it. */
export const makeKey = async (
  api: TestApi,
  { organisationId, userId }: { organisationId: string; userId: string },
  scopes: Scope[] = ["bookings:read", "bookings:write"],
  expiresAt = new Date(Date.now() + 86_400_000),
) => {
  const origin = { organisationId, actor: `user:${userId}`, requestId: "test-request" };
  const keys = new ApiKeys(api.database, api.env.ENVIRONMENT);
  const { apiKey, key } = await keys.create(origin, userId, { name: "A till", scopes, expiresAt });
  return { key, id: apiKey.id, revoke: () => keys.revoke(origin, apiKey.id) };
};
