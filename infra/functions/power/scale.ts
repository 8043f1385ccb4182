import { request } from "node:https";
import * as z from "zod";
import { Failure } from "../shared/failure.ts";

/** How to reach the cluster. */
export interface ClusterAccess {
  /** https://… */
  endpoint: string;
  /** PEM. */
  ca: string;
  token: string;
}

const scaleSchema = z.looseObject({ spec: z.looseObject({ replicas: z.number().int().optional() }) });
const timeoutMs = 10_000;

/** How many of something there are to be. `path` ends in `/scale`. @throws Failure with the API server's own words. */
export async function readScale(cluster: ClusterAccess, path: string): Promise<number> {
  const answer = scaleSchema.safeParse(await ask(cluster, "GET", path));
  if (!answer.success) throw new Failure("cluster-refused", `${path} answered something that is no scale`);
  return answer.data.spec.replicas ?? 0;
}

/** Says how many there are to be. @throws Failure with the API server's own words. */
export async function writeScale(cluster: ClusterAccess, path: string, replicas: number): Promise<void> {
  await ask(cluster, "PATCH", path, { spec: { replicas } });
}

function ask(cluster: ClusterAccess, method: string, path: string, body?: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(path, cluster.endpoint),
      {
        method,
        ca: cluster.ca,
        timeout: timeoutMs,
        headers: {
          authorization: `Bearer ${cluster.token}`,
          accept: "application/json",
          ...(body === undefined ? {} : { "content-type": "application/merge-patch+json" }),
        },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("error", reject);
        response.on("end", () => {
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve(parsed(text));
          else reject(refusal(method, path, status, text));
        });
      },
    );
    sent.on("timeout", () =>
      sent.destroy(new Failure("unreachable", `${method} ${path}: no answer in ${timeoutMs / 1_000} s`)),
    );
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const statusSchema = z.looseObject({ message: z.string() });

function refusal(method: string, path: string, status: number, text: string): Failure {
  const told = statusSchema.safeParse(parsed(text));
  return new Failure(
    "cluster-refused",
    `${method} ${path} answered ${status}${told.success ? `: ${told.data.message}` : ""}`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
