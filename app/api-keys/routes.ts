import { originOf } from "../audit/origin.ts";
import { logEvents } from "../contract/log-events.ts";
import { userOf } from "../http/actor.ts";
import type { HttpServer } from "../http/server.ts";
import { apiKeyId, apiKeys, createApiKey, createdApiKey, deleted } from "./schema.ts";
import type { ApiKeys } from "./service.ts";

/** The HTTP face of API keys (A10), for an organisation's admins. */
export function serveApiKeys(app: HttpServer, keys: ApiKeys): void {
  const path = "/v1/api-keys";

  app.get(path, { schema: { response: { 200: apiKeys } } }, async ({ actor }) => ({
    items: await keys.list(actor.organisationId),
  }));

  app.post(
    path,
    { schema: { body: createApiKey, response: { 201: createdApiKey } } },
    async (request, reply) => {
      const { userId } = userOf(request);
      const created = await keys.create(originOf(request), userId, request.body);
      request.log.info(
        { ...logEvents.apiKeyCreated, keyId: created.apiKey.id, actor: request.actor.name },
        "API key created",
      );
      reply.code(201);
      return created;
    },
  );

  app.delete(
    `${path}/:id`,
    { schema: { params: apiKeyId, response: { 204: deleted } } },
    async (request, reply) => {
      const { id: keyId } = request.params;
      await keys.revoke(originOf(request), keyId);
      request.log.info({ ...logEvents.apiKeyRevoked, keyId, actor: request.actor.name }, "API key revoked");
      reply.code(204);
    },
  );
}
