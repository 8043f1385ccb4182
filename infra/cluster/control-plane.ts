import { execFile } from "node:child_process";
import { Agent, request } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import * as z from "zod";

/** A Kubernetes API server, and how the deployment signs in to it. */
export interface ControlPlane {
  /** https://… */
  endpoint: string;
  /** PEM in base64, as EKS gives it. */
  certificateAuthority: string;
  /** Prints a token: the kubeconfig's own `exec`. */
  signIn: { command: string; args: readonly string[] };
}

/** pulumi-eks waits as long (nodejs/eks/cluster/cluster.ts); most of it passes until the endpoint's name is known everywhere. */
const usual = { patienceMs: 300_000, intervalMs: 2_000 };
const answerMs = 10_000;

/**
 * Waits until the API server answers and lets the deployment make objects. A new cluster does so a while after EKS calls it
 * ACTIVE, and access entries take effect later still; the Kubernetes provider asks once and then fails every object of the run.
 * @param say is told what is missing, whenever that changes.
 * @throws RunError when the token cannot be fetched, or the time is up: with what to check.
 */
export async function untilAdmitted(
  plane: ControlPlane,
  say: (text: string) => void,
  limits: { patienceMs: number; intervalMs: number } = usual,
): Promise<void> {
  const deadline = Date.now() + limits.patienceMs;
  const token = await tokenBy(plane.signIn);
  let told: string | undefined;
  for (;;) {
    const missing = await missingIn(plane, token);
    if (missing === undefined) return;
    if (Date.now() >= deadline) throw outOfTime(plane, missing, limits.patienceMs);
    if (missing.what !== told) say(`waiting for the cluster: ${missing.what}`);
    told = missing.what;
    await pause(limits.intervalMs);
  }
}

/** What keeps the deployment out. */
interface Missing {
  what: string;
  check: (plane: ControlPlane) => string;
}

const isReached = (): string =>
  "Check that this machine's public address is in bulwark:cluster.publicAccessCidrs, or that it stands in the VPC, and that no " +
  "proxy between changes the certificate";
const isAdmitted = ({ signIn }: ControlPlane): string =>
  "Check that who deploys (aws sts get-caller-identity) is one of bulwark:cluster.adminRoleArns or deployRoleArn; it signs in " +
  `by: ${[signIn.command, ...signIn.args].join(" ")}`;

async function missingIn(plane: ControlPlane, token: string): Promise<Missing | undefined> {
  try {
    const ready = await ask(plane, token, "/readyz");
    if (ready.status === 401) return { what: "its API server answers 401 Unauthorized", check: isAdmitted };
    if (ready.status !== 200)
      return { what: `its API server answers /readyz with ${ready.status}`, check: isReached };
    const review = await ask(plane, token, reviewPath, mayMakeNamespaces);
    const allowed = reviewSchema.safeParse(review.body).data?.status.allowed === true;
    return allowed ? undefined : { what: "who deploys may not make objects in it yet", check: isAdmitted };
  } catch (error) {
    const { code } = codeSchema.safeParse(error).data ?? {};
    return { what: `its API server does not answer (${code ?? String(error)})`, check: isReached };
  }
}

/** The first thing that a deployment makes. Every identity that signs in may ask what it may do. */
const reviewPath = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const mayMakeNamespaces = {
  apiVersion: "authorization.k8s.io/v1",
  kind: "SelfSubjectAccessReview",
  spec: { resourceAttributes: { verb: "create", resource: "namespaces" } },
};
const reviewSchema = z.looseObject({ status: z.looseObject({ allowed: z.boolean() }) });
const codeSchema = z.looseObject({ code: z.string() });

function ask(
  { endpoint, certificateAuthority }: ControlPlane,
  token: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: unknown }> {
  // The Kubernetes provider goes by HTTPS_PROXY too.
  const agent = new Agent({ ca: Buffer.from(certificateAuthority, "base64"), proxyEnv: process.env });
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(path, endpoint),
      {
        agent,
        method: body === undefined ? "GET" : "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        signal: AbortSignal.timeout(answerMs),
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            body: body === undefined ? text : parsed(text),
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const credentialSchema = z.looseObject({ status: z.looseObject({ token: z.string() }) });

async function tokenBy({ command, args }: ControlPlane["signIn"]): Promise<string> {
  const typed = [command, ...args].join(" ");
  try {
    const { stdout } = await promisify(execFile)(command, [...args]);
    return credentialSchema.parse(JSON.parse(stdout)).status.token;
  } catch (error) {
    const { code, stderr } =
      z.looseObject({ code: z.unknown(), stderr: z.string() }).safeParse(error).data ?? {};
    const why =
      code === "ENOENT"
        ? `there is no "${command}" on PATH. The AWS CLI (version 2) signs in to EKS: https://aws.amazon.com/cli/`
        : stderr?.trim() || String(error);
    throw new pulumi.RunError(`No token for the cluster: ${typed}\n  ${why}`);
  }
}

const outOfTime = (plane: ControlPlane, { what, check }: Missing, patienceMs: number) =>
  new pulumi.RunError(
    `The cluster at ${plane.endpoint} does not let this deployment in after ${Math.round(patienceMs / 1_000)} seconds: ${what}.\n` +
      `  ${check(plane)}. Then run pulumi up again: it goes on from here.`,
  );
