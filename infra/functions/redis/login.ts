import { once } from "node:events";
import { isIP } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { Failure } from "../shared/failure.ts";

/** Tries credentials on the server itself: the only proof that a change has arrived there. */
export type CacheLogin = (username: string, password: string) => Promise<"accepted" | "refused">;

const timeoutMs = 5_000;
/** Answers to credentials that are not taken; Valkey and Redis word them alike. */
const refusal = /^-(WRONGPASS|NOAUTH|ERR invalid (username-password|password))/;

/**
 * Signs in to Redis over verified TLS: one AUTH, spoken by hand. A client library would add reconnecting and errors that
 * carry the command's arguments, here the password.
 */
export const cacheLogin =
  (address: { host: string; port: number; authorities: string[] }): CacheLogin =>
  async (username, password) => {
    const { host, port, authorities } = address;
    const servername = isIP(host) ? undefined : host;
    const socket = connect({ host, port, servername, ca: authorities, minVersion: "TLSv1.2" });
    socket.setTimeout(timeoutMs, () => socket.destroy(timedOut(host, port)));
    try {
      await once(socket, "secureConnect");
      socket.write(command("AUTH", username, password));
      const answer = await firstLine(socket);
      if (answer.startsWith("+OK")) return "accepted";
      if (refusal.test(answer)) return "refused";
      throw new Failure("unreachable", `Redis at ${host}:${port} answered AUTH with ${answer.slice(0, 80)}`);
    } finally {
      socket.destroy();
    }
  };

const timedOut = (host: string, port: number): Failure =>
  new Failure("unreachable", `Redis at ${host}:${port} did not answer within ${timeoutMs / 1_000} s`);

/** RESP: an array of bulk strings. */
const command = (...words: string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;

const firstLine = async (socket: TLSSocket): Promise<string> => {
  let text = "";
  for await (const chunk of socket) {
    text += String(chunk);
    const end = text.indexOf("\r\n");
    if (end >= 0) return text.slice(0, end);
  }
  throw new Failure("unreachable", "Redis closed the connection before it answered AUTH");
};
