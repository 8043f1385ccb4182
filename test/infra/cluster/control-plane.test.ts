import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { type ControlPlane, untilAdmitted } from "../../../infra/cluster/control-plane.ts";
import { parseEnvironment } from "../../../infra/config/load.ts";
import { localCertificates, toolsDir } from "../../../scripts/local/servers/index.ts";
import { runProgram } from "../../../scripts/plan/monitor/index.ts";
import { readProject } from "../../../scripts/plan/monitor/project.ts";
import { shapedResource } from "../../../scripts/plan/monitor/shaped-outputs.ts";
import { withoutTraces } from "../../support/without-traces.ts";
import { at, planOf } from "../support/plan.ts";

const tls = await localCertificates(`${toolsDir}/test-certificates`);
const certificateAuthority = Buffer.from(tls.ca).toString("base64");
const token = "k8s-aws-v1.dG9rZW4";
const credential = JSON.stringify({ kind: "ExecCredential", status: { token } });

/** What an API server says on its way up: the next answer for each question, the last one from then on. */
interface Answer {
  status: number;
  allowed?: boolean;
}
let server: Server;
let asked: string[];
let answers: Answer[];

beforeEach(() => {
  asked = [];
  answers = [{ status: 200, allowed: true }];
  server = createServer({ cert: tls.cert, key: tls.key }, (request, response) => {
    const isReview = request.url?.endsWith("/selfsubjectaccessreviews") === true;
    const { status, allowed } = (isReview || (answers[0]?.status ?? 0) !== 200
      ? answers.shift()
      : answers[0]) ?? {
      status: 200,
      allowed: true,
    };
    asked.push(`${request.method} ${request.url} ${status}${isReview ? ` ${allowed}` : ""}`);
    response.writeHead(request.headers.authorization === `Bearer ${token}` ? status : 401);
    response.end(isReview ? JSON.stringify({ status: { allowed } }) : "");
  });
});
afterEach(async () => {
  server.closeAllConnections();
  if (server.listening) await new Promise((resolve) => server.close(resolve));
});

const listen = async (port = 0): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return z.object({ port: z.number() }).parse(server.address()).port;
};
const signIn = { command: process.execPath, args: ["-p", JSON.stringify(credential)] };
const planeAt = (port: number, more: Partial<ControlPlane> = {}): ControlPlane => ({
  endpoint: `https://localhost:${port}`,
  certificateAuthority,
  signIn,
  ...more,
});
const soon = { patienceMs: 30_000, intervalMs: 10 };
const outOfTime = { patienceMs: 50, intervalMs: 10 };
const review = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

describe("S8 the wait for a new cluster", () => {
  it("S8 goes on once a control plane that comes up late is ready and lets the deployment make objects", async () => {
    const port = await listen();
    await new Promise((resolve) => server.close(resolve));
    answers = [
      { status: 500 },
      { status: 401 },
      { status: 401 },
      { status: 200, allowed: false },
      { status: 200, allowed: true },
    ];
    const said: string[] = [];
    await untilAdmitted(
      planeAt(port),
      (text) => {
        said.push(text);
        if (said.length === 1) server.listen(port, "127.0.0.1");
      },
      soon,
    );
    expect(said).toEqual([
      "waiting for the cluster: its API server does not answer (ECONNREFUSED)",
      "waiting for the cluster: its API server answers /readyz with 500",
      "waiting for the cluster: its API server answers 401 Unauthorized",
      "waiting for the cluster: who deploys may not make objects in it yet",
    ]);
    expect(asked.at(-1)).toBe(`${review} 200 true`);
  });

  it("S8 says what to check when the time is up: the way to it, or who comes", async () => {
    const port = await listen();
    answers = Array.from({ length: 50 }, () => ({ status: 401 }));
    await expect(untilAdmitted(planeAt(port), () => undefined, outOfTime)).rejects.toThrow(
      /does not let this deployment in after 0 seconds: its API server answers 401 Unauthorized\.\n {2}Check that who deploys \(aws sts get-caller-identity\) is one of bulwark:cluster\.adminRoleArns or deployRoleArn/,
    );
    const foreign = Buffer.from(tls.cert).toString("base64");
    await expect(
      untilAdmitted(planeAt(port, { certificateAuthority: foreign }), () => undefined, outOfTime),
    ).rejects.toThrow(
      /does not answer \(\w*(CERT|VERIFY|ISSUER)\w*\)\.\n {2}Check that this machine's public address/,
    );
  });

  it("S8 says at once that no token can be had, and why", async () => {
    const none = { command: "no-such-aws", args: ["eks", "get-token"] };
    await expect(untilAdmitted(planeAt(1, { signIn: none }), () => undefined)).rejects.toThrow(
      'No token for the cluster: no-such-aws eks get-token\n  there is no "no-such-aws" on PATH',
    );
    const failing = {
      command: process.execPath,
      args: ["-e", "console.error('profile (x) not found'); process.exit(255)"],
    };
    await expect(untilAdmitted(planeAt(1, { signIn: failing }), () => undefined)).rejects.toThrow(
      /\n {2}profile \(x\) not found$/,
    );
  });
});

describe("S8 a deployment", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bulwark-aws-"));
    writeFileSync(join(folder, "aws"), `#!/bin/sh\necho '${credential}'\n`);
    chmodSync(join(folder, "aws"), 0o755);
    vi.stubEnv("PATH", `${folder}:${process.env.PATH}`);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const deployed = async (preview: boolean) => {
    const endpoint = `https://localhost:${await listen()}`;
    const opened: string[] = [];
    await withoutTraces(() =>
      runProgram({
        stack: "staging",
        preview,
        newResource: (request) => {
          if (request.type === "pulumi:providers:kubernetes") opened.push(...asked);
          const { id, state } = shapedResource(request);
          if (request.type !== "aws:eks/cluster:Cluster")
            return { ...(id === undefined ? {} : { id }), state };
          return {
            id: "cluster",
            state: {
              ...state,
              endpoint,
              certificateAuthority: { data: certificateAuthority },
              status: "ACTIVE",
            },
          };
        },
      }),
    );
    return opened;
  };

  it("S8 makes nothing in Kubernetes before the new cluster lets it in", async () => {
    answers = [{ status: 401 }, { status: 200, allowed: true }];
    expect(await deployed(false)).toEqual(["GET /readyz 401", "GET /readyz 200", `${review} 200 true`]);
  });

  it("S8 asks no cluster anything in a preview", async () => {
    await deployed(true);
    expect(asked).toEqual([]);
  });
});

describe("S8 who signs in to the cluster", () => {
  const argsWith = async (config: Record<string, unknown>) => {
    const { inputs } = (await planOf("staging", config)).one("pulumi:providers:kubernetes");
    return at(JSON.parse(String(inputs.kubeconfig)), "users.0.user.exec.args");
  };
  const usual = [
    "eks",
    "get-token",
    "--cluster-name",
    "bulwark-staging-cluster",
    "--region",
    "us-east-1",
    "--output",
    "json",
  ];
  const roleArn = "arn:aws:iam::111122223333:role/deploy";

  it("S8 is whom the AWS provider acts as: the profile and the role of the configuration", async () => {
    expect(await argsWith({})).toEqual(usual);
    expect(
      await argsWith({ "aws:profile": "team", "aws:assumeRoles": [{ roleArn, sessionName: "ci" }] }),
    ).toEqual([...usual, "--profile", "team", "--role-arn", roleArn]);
  });

  it.each([
    ["aws:assumeRoles", [{ roleArn }, { roleArn }], /more than one roleArn.*put a chain of roles/],
    ["aws:assumeRoles", [{ roleArn, externalId: "x" }], /an external id or tags into a profile/],
    ["aws:assumeRole", { roleArn }, /since version 7: name the role in aws:assumeRoles\[0\]\.roleArn/],
    [
      "aws:accessKey",
      "AKIA",
      /not known to the AWS CLI, which signs in to the cluster: name a profile in aws:profile/,
    ],
    ["aws:assumeRoleWithWebIdentity", { roleArn }, /set AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE/],
  ])("S8 is refused where the AWS CLI could not be the same: %s %j", (key, value, why) => {
    const { config } = readProject(new URL("../../..", import.meta.url).pathname, "staging", {
      [key]: value,
    });
    expect(() => parseEnvironment(config, "staging")).toThrow(why);
    expect(() => parseEnvironment(config, "staging")).toThrow(
      `pulumi config rm --stack staging --path ${key}`,
    );
    // Then nobody asks the AWS CLI.
    const given = { ...config, "kubernetes:kubeconfig": "kind: Config" };
    expect(parseEnvironment(given, "staging").kubeconfig).toBe("kind: Config");
  });
});
