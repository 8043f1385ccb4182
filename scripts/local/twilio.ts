import { once } from "node:events";
import { createServer, type ServerOptions } from "node:https";
import { text } from "node:stream/consumers";
import { signatureOf } from "../../app/reminders/twilio.ts";

/** An SMS that the server took. */
export interface TakenSms {
  sid: string;
  to: string;
  text: string;
  statusUrl: string | undefined;
}

/** What to do with a request: take it, refuse it with one of Twilio's codes, fail, or hang up before or after it is taken. */
export type Behaviour = "take" | { refuse: number } | "fail" | "hang up" | "take and hang up";

export interface LocalTwilio {
  url: string;
  /** In the order in which they came. */
  readonly messages: readonly TakenSms[];
  /** From here on. */
  behave(behaviour: Behaviour): void;
  /** A request as Twilio sends it to a webhook: URL, signature and form. */
  event(url: string, parameters: Record<string, string>): { headers: Record<string, string>; body: string };
  close(): Promise<void>;
}

export interface LocalTwilioOptions {
  tls: Pick<ServerOptions, "cert" | "key">;
  authToken: string;
  /** Default: any that is free. */
  port?: number;
  onMessage?(sms: TakenSms): void;
}

/** Speaks as much of Twilio's HTTP API as sends an SMS: https://www.twilio.com/docs/messaging/api/message-resource. It sends none. */
export async function startTwilio(options: LocalTwilioOptions): Promise<LocalTwilio> {
  const messages: TakenSms[] = [];
  let behaviour: Behaviour = "take";
  const server = createServer(options.tls, async (request, response) => {
    const form = new URLSearchParams(await text(request));
    const [, account = ""] = /^\/2010-04-01\/Accounts\/(\w+)\/Messages\.json$/.exec(request.url ?? "") ?? [];
    const login = `Basic ${Buffer.from(`${account}:${options.authToken}`).toString("base64")}`;
    const answer = (status: number, body: object) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.headers.authorization !== login) return void answer(401, { code: 20003, status: 401 });
    if (behaviour === "hang up") return void request.socket.destroy();
    if (behaviour === "fail") return void answer(500, { code: 20500, status: 500 });
    if (typeof behaviour === "object") return void answer(400, { code: behaviour.refuse, status: 400 });
    const sid = `SM${(messages.length + 1).toString(16).padStart(32, "0")}`;
    const [to, body, statusUrl] = [form.get("To") ?? "", form.get("Body") ?? "", form.get("StatusCallback")];
    const sms = { sid, to, text: body, statusUrl: statusUrl ?? undefined };
    messages.push(sms);
    options.onMessage?.(sms);
    if (behaviour === "take and hang up") return void request.socket.destroy();
    answer(201, { sid, status: "queued", to, from: form.get("From"), body });
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `https://localhost:${address.port}`,
    messages,
    behave: (next) => {
      behaviour = next;
    },
    event: (url, parameters) => {
      const form = new URLSearchParams(parameters);
      return {
        headers: {
          "content-type": "application/x-www-form-urlencoded",
          "user-agent": "TwilioProxy/1.1",
          "x-twilio-signature": signatureOf(options.authToken, url, form),
        },
        body: form.toString(),
      };
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
