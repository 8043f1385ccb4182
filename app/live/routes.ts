import { liveUpdates } from "../contract/live-updates.ts";
import { type Authenticator, type Credentials, identify } from "../http/actor.ts";
import { clientNetwork } from "../http/client-address.ts";
import { Problem } from "../http/errors/problem.ts";
import type { HttpServer } from "../http/server.ts";
import { Upgrades } from "../http/upgrade.ts";
import type { ForgeryGuard } from "../sessions/forgery.ts";
import type { Rooms } from "./rooms.ts";
import { liveQuery } from "./schema.ts";
import { LiveSocket } from "./socket.ts";
import type { LiveSockets } from "./sockets.ts";

export interface LiveOptions {
  sockets: LiveSockets;
  rooms: Rooms;
  authenticators: readonly Authenticator[];
  forgery: ForgeryGuard;
}

/** The WebSocket of live updates (A15). All that can refuse it does so before the upgrade. */
export function serveLive(app: HttpServer, { sockets, rooms, authenticators, forgery }: LiveOptions): void {
  const upgrades = new Upgrades();
  upgrades.attach(app);

  app.get(liveUpdates.path, { schema: { querystring: liveQuery } }, (request, reply) => {
    const { actor } = request;
    requireOrigin(request, forgery);
    const address = clientNetwork(request.client);
    sockets.admit({ actor, address });
    const webSocket = upgrades.accept(request, reply);
    if (webSocket === undefined) return;
    // The request itself would keep ten times as much.
    const credentials: Credentials = {
      headers: onlyCredentials(request),
      method: request.method,
      protocol: request.protocol,
      host: request.host,
    };
    const socket = new LiveSocket(webSocket, {
      actor,
      address,
      confirm: () => identify(credentials, authenticators),
    });
    sockets.add(socket);
    socket.onClose(() => rooms.leave(actor.organisationId, socket));
    rooms.enter(actor.organisationId, socket, request.query.after);
  });

  app.addHook("preClose", async () => {
    await sockets.close();
    rooms.close();
  });
}

const onlyCredentials = ({ headers: { authorization, cookie } }: Credentials): Credentials["headers"] => ({
  ...(authorization !== undefined && { authorization }),
  ...(cookie !== undefined && { cookie }),
});

/**
 * ASVS 4.4.2. Any page can open a WebSocket, which CORS does not concern, and the browser adds its origin (RFC 6455 section 4.1) and the
 * cookies. So a cookie without an origin comes from no browser.
 */
function requireOrigin(request: Credentials, forgery: ForgeryGuard): void {
  const { authorization, origin } = request.headers;
  if (authorization === undefined && origin === undefined) {
    throw new Problem("origin_refused", "A WebSocket by cookie names the page's origin.");
  }
  forgery.requireOwnOrigin(request);
}
