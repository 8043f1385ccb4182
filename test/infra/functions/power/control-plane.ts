import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import * as z from "zod";
import { localCertificates, toolsDir } from "../../../../scripts/local/servers/index.ts";

/** A request as it came in. */
interface Asked {
  method: string;
  path: string;
  authorization: string;
  type: string;
  body: unknown;
}

export interface ControlPlane {
  endpoint: string;
  /** PEM. */
  ca: string;
  asked: Asked[];
  /** What is said of each path's scale; a path that is not in it is not found. */
  scales: Map<string, number>;
  stop(): Promise<void>;
}

const scaleSchema = z.object({ spec: z.object({ replicas: z.number() }) });

/** The two scales of a Kubernetes API, by HTTPS; anything else is forbidden, in Kubernetes' own words. */
export async function startControlPlane(): Promise<ControlPlane> {
  const tls = await localCertificates(`${toolsDir}/test-certificates`);
  const asked: Asked[] = [];
  const scales = new Map<string, number>();
  const server = createServer({ cert: tls.cert, key: tls.key }, async (request, response) => {
    const given = await read(request);
    asked.push(given);
    const present = scales.get(given.path);
    if (present === undefined) {
      response.writeHead(403, { "content-type": "application/json" });
      response.end(JSON.stringify({ kind: "Status", message: `${given.path} is forbidden`, code: 403 }));
      return;
    }
    if (given.method === "PATCH") scales.set(given.path, scaleSchema.parse(given.body).spec.replicas);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ kind: "Scale", spec: { replicas: scales.get(given.path) } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = z.object({ port: z.number() }).parse(server.address());
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { endpoint: `https://localhost:${port}`, ca: tls.ca, asked, scales, stop };
}

async function read(request: IncomingMessage): Promise<Asked> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return {
    method: request.method ?? "",
    path: request.url ?? "",
    authorization: request.headers.authorization ?? "",
    type: request.headers["content-type"] ?? "",
    body: text === "" ? undefined : JSON.parse(text),
  };
}
