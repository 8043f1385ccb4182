import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { afterAll } from "vitest";

/** How a connection fails: nobody answers, the line breaks once it is in use, or nothing gets through any more. */
export type Cut = "refused" | "broken" | "silent";

/** A line to a server on this machine that can be cut. Closed after the file. */
export const withLine = async (host: string, port: number) => {
  const open = new Set<Socket>();
  let cut: Cut | undefined;
  const server = createServer((near) => {
    if (cut === "refused") return near.resetAndDestroy();
    const far = connect(port, host);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
      from.on("data", (chunk) => {
        if (cut === "silent") return;
        // The server's first words get through, the answer to ours does not.
        if (cut === "broken" && from === near) near.resetAndDestroy();
        else to.write(chunk);
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the line has no port");
  afterAll(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return {
    port: address.port,
    cut: (how: Cut): void => {
      cut = how;
      if (how === "silent") return;
      for (const socket of open) socket.destroy();
    },
    restore: (): void => {
      cut = undefined;
    },
  };
};
