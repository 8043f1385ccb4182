import { chmodSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import * as z from "zod";
import { CommandError, codeOf, messageOf } from "../../cli/errors.ts";
import { exitCodes } from "../../cli/exit-codes.ts";

const order = z.discriminatedUnion("command", [
  z.strictObject({ command: z.literal("status") }),
  z.strictObject({ command: z.literal("replicas") }),
  z.strictObject({ command: z.literal("rollout") }),
  z.strictObject({ command: z.literal("restart-pod"), pod: z.string() }),
]);
/** What another terminal can ask of a running sandbox. */
export type Order = z.infer<typeof order>;

/** What `replicas` answers: one line of JSON. */
export const replicas = z.strictObject({
  /** Address that the balancer sends from, which the replicas trust. */
  from: z.string(),
  replicas: z.array(z.strictObject({ name: z.string(), ip: z.string() })),
});
export type Replicas = z.infer<typeof replicas>;

const reply = z.union([
  z.strictObject({ line: z.string() }),
  z.strictObject({ done: z.literal(true), error: z.string().optional() }),
]);

/** Carries an order out; `say` sends lines to the sender. */
export type Obey = (order: Order, say: (line: string) => void) => Promise<void>;

/** Listens for orders on a unix socket that only this account can open: one line of JSON in, lines of JSON out. */
export const listenForOrders = async (path: string, obey: Obey): Promise<Server> => {
  rmSync(path, { force: true });
  const server = createServer((socket) => {
    // A caller that breaks off in the middle of an order must not end the sandbox.
    serve(socket, obey).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return server;
};

const serve = async (socket: Socket, obey: Obey): Promise<void> => {
  socket.on("error", () => socket.destroy());
  const send = (message: z.infer<typeof reply>) => socket.write(`${JSON.stringify(message)}\n`);
  for await (const line of createInterface({ input: socket })) {
    try {
      await obey(order.parse(JSON.parse(line)), (text) => send({ line: text }));
      send({ done: true });
    } catch (error) {
      send({ done: true, error: messageOf(error) });
    }
    socket.end();
    return;
  }
};

/**
 * Gives an order to the sandbox behind the socket, and passes on what it says.
 * @throws CommandError with its refusal, or (exit code 3) when no sandbox listens
 */
export const giveOrder = (path: string, given: Order, say: (line: string) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(path);
    let done = false;
    socket.once("connect", () => socket.write(`${JSON.stringify(given)}\n`));
    socket.once("error", (error) => {
      const absent = ["ENOENT", "ECONNREFUSED"].includes(codeOf(error) ?? "");
      reject(absent ? new CommandError("nobody listens", { exitCode: exitCodes.missing }) : error);
    });
    const lines = createInterface({ input: socket });
    // It repeats the socket's errors, which are handled above.
    lines.on("error", () => undefined);
    lines.on("line", (text) => {
      const message = reply.parse(JSON.parse(text));
      if ("line" in message) return say(message.line);
      done = true;
      if (message.error === undefined) resolve();
      else reject(new CommandError(message.error));
    });
    socket.once("close", () => {
      if (!done) reject(new CommandError("the sandbox has stopped meanwhile"));
    });
  });
