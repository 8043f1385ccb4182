import { createServer, request } from "node:https";
import * as z from "zod";
import { localCertificates, toolsDir } from "../../../scripts/local/servers/index.ts";
import type { Connection } from "./api.ts";

/** Access to the control plane for one group, as EKS gives it to the IAM role of an access entry. */
export interface Authenticator {
  endpoint: string;
  ca: string;
  stop(): Promise<void>;
}

/**
 * Stands for EKS's authenticator: who shows a token of EKS's kind comes in as a member of `group`, with that group's rights and
 * nobody else's; what the token says is EKS's to check.
 */
export async function authenticatorFor(group: string, connection: Connection): Promise<Authenticator> {
  const tls = await localCertificates(`${toolsDir}/test-certificates`);
  const server = createServer({ cert: tls.cert, key: tls.key }, (incoming, outgoing) => {
    if (!/^Bearer k8s-aws-v1\./.test(incoming.headers.authorization ?? "")) {
      outgoing.writeHead(401, { "content-type": "application/json" });
      outgoing.end('{"kind":"Status","message":"Unauthorized","code":401}');
      return;
    }
    const forwarded = request(
      new URL(incoming.url ?? "/", connection.url),
      {
        method: incoming.method,
        ca: connection.ca,
        headers: {
          ...incoming.headers,
          authorization: `Bearer ${connection.token}`,
          "impersonate-user": "arn:aws:sts::123456789012:assumed-role/power/function",
          "impersonate-group": [group, "system:authenticated"],
        },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    forwarded.on("error", () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { endpoint: `https://localhost:${port}`, ca: tls.ca, stop };
}
