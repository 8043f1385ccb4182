import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect as connectTcp } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, expect } from "vitest";
import { type ClientOptions, WebSocket } from "ws";
import * as z from "zod";
import { eventually } from "../../support/index.ts";
import { keyed } from "./client.ts";
import type { TestApi } from "./fixture.ts";

const anyMessage = z.looseObject({ type: z.string(), id: z.string().optional() });
type Message = z.infer<typeof anyMessage>;

/** A client with what it has received, without the heartbeats, and how it ended. */
export interface LiveClient {
  socket: WebSocket;
  messages: Message[];
  ended?: { code: number; reason: string };
}

interface Asking extends ClientOptions {
  /** The last id seen. */
  after?: string | undefined;
}

/** Where an API, or the balancer before it, is reached. */
type Place = number | `wss://${string}`;

const opened = new Set<WebSocket>();

/** Lets an API be reached by WebSockets; those that the file opens end with it. */
export const listen = async (api: TestApi): Promise<number> => {
  await api.app.listen({ host: "127.0.0.1", port: 0 });
  afterAll(() => {
    for (const socket of opened) socket.terminate();
    opened.clear();
  });
  return (api.app.server.address() as AddressInfo).port;
};

const ask = (place: Place, { after, headers = keyed, ...options }: Asking): WebSocket => {
  const base = typeof place === "number" ? `ws://127.0.0.1:${place}` : place;
  const query = after === undefined ? "" : `?after=${after}`;
  return new WebSocket(`${base}/v1/live${query}`, { headers, ...options });
};

/** Opens a WebSocket, with the API key of every test unless told otherwise. */
export const connect = async (place: Place, asking: Asking = {}): Promise<LiveClient> => {
  const socket = ask(place, asking);
  const client: LiveClient = { socket, messages: [] };
  socket.on("message", (data: Buffer) => {
    const message = anyMessage.parse(JSON.parse(data.toString()));
    if (message.type !== "heartbeat") client.messages.push(message);
  });
  socket.on("close", (code, reason) => {
    client.ended = { code, reason: String(reason) };
  });
  socket.on("error", () => undefined);
  await once(socket, "open");
  opened.add(socket);
  return client;
};

/** The same, once it was told to load what it shows: from here on it gets everything. */
export const present = async (place: Place, asking: Asking = {}): Promise<LiveClient> => {
  const client = await connect(place, asking);
  await eventually(() => expect(client.messages).toHaveLength(1));
  expect(client.messages.pop()).toMatchObject({ type: "reload", spreadMs: 0 });
  return client;
};

/** The answer to a handshake that is refused: always a problem document. */
export const refused = async (
  place: Place,
  asking: Asking = {},
): Promise<{ status: number; code: unknown; headers: unknown }> => {
  const socket = ask(place, asking);
  const [, response] = await once(socket, "unexpected-response");
  expect(response.headers["content-type"]).toContain("problem+json");
  const body = z.object({ code: z.string(), status: z.literal(response.statusCode) });
  return { ...body.parse(JSON.parse(await text(response))), headers: response.headers };
};

/** Sends bytes as they are, and returns all that comes back until the server ends the connection. */
export const exchange = async (port: number, bytes: string): Promise<string> => {
  const socket = connectTcp(port, "127.0.0.1");
  socket.write(bytes);
  return text(socket);
};
