import { originOf } from "../audit/origin.ts";
import type { HttpServer } from "../http/server.ts";
import type { Deliveries } from "./deliveries.ts";
import {
  createdWebhook,
  createWebhook,
  delivery,
  deliveryId,
  deliveryPage,
  listDeliveries,
  removed,
  updateWebhook,
  webhook,
  webhookId,
  webhookKey,
  webhooks as webhookList,
} from "./schema.ts";
import type { Webhooks } from "./service.ts";

const path = "/v1/webhooks";

/** The HTTP face of webhooks, for an organisation's admins. */
export function serveWebhooks(app: HttpServer, webhooks: Webhooks, deliveries: Deliveries): void {
  app.get(path, { schema: { response: { 200: webhookList } } }, async ({ actor }) => ({
    items: await webhooks.list(actor.organisationId),
  }));

  const create = { body: createWebhook, response: { 201: createdWebhook } };
  app.post(path, { schema: create }, async (request, reply) => {
    const created = await webhooks.create(originOf(request), request.body);
    reply.code(201);
    return created;
  });

  const update = { params: webhookId, body: updateWebhook, response: { 200: webhook } };
  app.patch(`${path}/:id`, { schema: update }, (request) => {
    const { version, ...change } = request.body;
    return webhooks.update(originOf(request), request.params.id, version, change);
  });

  app.delete(
    `${path}/:id`,
    { schema: { params: webhookId, response: { 204: removed } } },
    async (request, reply) => {
      await webhooks.remove(originOf(request), request.params.id);
      reply.code(204);
    },
  );

  const readKey = { params: webhookId, response: { 200: webhookKey } };
  app.get(`${path}/:id/key`, { schema: readKey }, async (request) => ({
    key: await webhooks.key(originOf(request), request.params.id),
  }));

  serveDeliveries(app, deliveries);
}

function serveDeliveries(app: HttpServer, deliveries: Deliveries): void {
  const url = `${path}/:id/deliveries`;

  const list = { params: webhookId, querystring: listDeliveries, response: { 200: deliveryPage } };
  app.get(url, { schema: list }, ({ actor, params, query }) =>
    deliveries.list(actor.organisationId, params.id, query),
  );

  const replay = { params: deliveryId, response: { 202: delivery } };
  app.post(`${url}/:deliveryId/replay`, { schema: replay }, async (request, reply) => {
    const { id, deliveryId } = request.params;
    reply.code(202);
    return deliveries.replay(originOf(request), id, deliveryId);
  });
}
