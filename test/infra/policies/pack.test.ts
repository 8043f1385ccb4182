import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { credentials } from "@grpc/grpc-js";
import analyzerGrpc from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rules } from "../../../infra/policies/rules.ts";

const pack = fileURLToPath(new URL("../../../infra/policies/pack", import.meta.url));
const host = fileURLToPath(
  new URL("../../../node_modules/@pulumi/pulumi/cmd/run-policy-pack", import.meta.url),
);
/** What the engine puts where a text is not known during a preview. */
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

type Value = string | boolean | number | null | Value[] | { [key: string]: Value };
interface Given {
  type: string;
  name: string;
  properties: Record<string, Value>;
  dependencies?: string[];
}
const urnOf = ({ type, name }: Pick<Given, "type" | "name">) =>
  `urn:pulumi:staging::bulwark::${type}::${name}`;

type AnalyzeResponse = InstanceType<typeof analyzer.AnalyzeResponse>;
type AnyRequest =
  | InstanceType<typeof analyzer.AnalyzeRequest>
  | InstanceType<typeof analyzer.AnalyzeStackRequest>;

/** The pack as the engine runs it: Pulumi's own host process, asked over gRPC. */
class Engine {
  readonly #process: ChildProcess;
  #client: InstanceType<typeof analyzerGrpc.AnalyzerClient> | undefined;

  constructor() {
    this.#process = spawn(process.execPath, [host, "127.0.0.1:1", pack], {
      cwd: pack,
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  async connect(): Promise<void> {
    const said: string[] = [];
    this.#process.stderr?.on("data", (data) => said.push(String(data)));
    const ended = once(this.#process, "exit").then(([code]) => {
      throw new Error(`the policy pack ended with ${code}: ${said.join("")}`);
    });
    const started = once(this.#process.stdout ?? process.stdin, "data").then(([data]) => String(data).trim());
    const port = await Promise.race([started, ended]);
    ended.catch(() => undefined);
    this.#client = new analyzerGrpc.AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
  }

  /** Messages of what is found in one resource before it is changed. */
  analyze(given: Given): Promise<string[]> {
    const request = new analyzer.AnalyzeRequest();
    describeResource(request, given);
    return this.#ask("analyze", request);
  }

  /** Messages of what is found in all resources together. */
  analyzeStack(given: readonly Given[]): Promise<string[]> {
    const request = new analyzer.AnalyzeStackRequest();
    request.setResourcesList(
      given.map((each) => {
        const resource = new analyzer.AnalyzerResource();
        describeResource(resource, each);
        resource.setDependenciesList(each.dependencies ?? []);
        return resource;
      }),
    );
    return this.#ask("analyzeStack", request);
  }

  #ask(method: "analyze" | "analyzeStack", request: AnyRequest): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const answer = (error: Error | null, response: AnalyzeResponse) => {
        if (error) reject(error);
        else
          resolve(
            response.getDiagnosticsList().map((found) => `${found.getPolicyname()}: ${found.getMessage()}`),
          );
      };
      const client = this.#client;
      if (client === undefined) reject(new Error("not connected"));
      else if (method === "analyze" && request instanceof analyzer.AnalyzeRequest)
        client.analyze(request, answer);
      else if (request instanceof analyzer.AnalyzeStackRequest) client.analyzeStack(request, answer);
    });
  }

  async stop(): Promise<void> {
    this.#client?.close();
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill();
    await ended;
  }
}

function describeResource(
  target: InstanceType<typeof analyzer.AnalyzeRequest> | InstanceType<typeof analyzer.AnalyzerResource>,
  { type, name, properties }: Given,
): void {
  target.setType(type);
  target.setName(name);
  target.setUrn(urnOf({ type, name }));
  target.setProperties(struct.Struct.fromJavaScript(properties));
  target.setOptions(new analyzer.AnalyzerResourceOptions());
}

describe("S12 policy pack, run by Pulumi's own host and asked over gRPC", () => {
  const engine = new Engine();
  beforeAll(() => engine.connect());
  afterAll(() => engine.stop());

  const secret = { type: "aws:secretsmanager/secret:Secret", name: "bulwark-staging-secrets-jwt" };
  const tags = { "bulwark:environment": "staging", "bulwark:managed-by": "pulumi" };

  it("finds a single resource's violation with the words of the rule", async () => {
    const found = await engine.analyze({ ...secret, properties: { tags } });
    expect(found).toEqual([
      expect.stringMatching(
        /^secret-encrypted: .*bulwark-staging-secrets-jwt is encrypted with AWS's own key.*Set kmsKeyId/s,
      ),
    ]);
  });

  it("finds nothing in a resource that keeps the rules", async () => {
    expect(await engine.analyze({ ...secret, properties: { tags, kmsKeyId: "arn" } })).toEqual([]);
  });

  it("does not take for wrong what is not known during a preview", async () => {
    const properties = { tags, kmsKeyId: unknownText };
    expect(await engine.analyze({ ...secret, properties })).toEqual([]);
    const policy = { type: "aws:iam/rolePolicy:RolePolicy", name: "it", properties: { policy: unknownText } };
    expect(await engine.analyze(policy)).toEqual([]);
    const nested = { rules: [{ name: "rate", action: { block: unknownText } }], tags };
    expect(
      await engine.analyze({ type: "aws:wafv2/webAcl:WebAcl", name: "it", properties: nested }),
    ).not.toContain(expect.stringContaining("can't run"));
  });

  it("grants the exceptions of the environment in the URN", async () => {
    const instance = {
      type: "aws:rds/instance:Instance",
      name: "bulwark-staging-database",
      properties: { tags },
    };
    const found = await engine.analyze(instance);
    expect(found).not.toContainEqual(expect.stringContaining("rds-multi-az"));
    expect(found).toContainEqual(expect.stringContaining("rds-encrypted"));
  });

  it("judges relations when all resources are known", async () => {
    const given = { ...secret, properties: { tags, kmsKeyId: "arn" } };
    const rotation = {
      type: "aws:secretsmanager/secretRotation:SecretRotation",
      name: "rotation",
      properties: {},
      dependencies: [urnOf(secret)],
    };
    expect(await engine.analyzeStack([given, rotation])).not.toContainEqual(
      expect.stringContaining("secret-rotates"),
    );
    const unrelated = { ...rotation, name: "policy", type: "aws:secretsmanager/secretPolicy:SecretPolicy" };
    expect(await engine.analyzeStack([given, unrelated])).toContainEqual(
      expect.stringMatching(/^secret-rotates: .*bulwark-staging-secrets-jwt never changes by itself/s),
    );
  });

  it("judges by what it was registered with what has no outputs, as objects of a cluster that is not made yet", async () => {
    const map = { type: "kubernetes:core/v1:ConfigMapPatch", name: "switch" };
    const properties = {
      metadata: { name: "amazon-vpc-cni" },
      data: { "enable-network-policy-controller": "true" },
    };
    const cluster = {
      type: "aws:eks/cluster:Cluster",
      name: "bulwark-staging-cluster",
      properties: { tags },
    };
    const together = () => engine.analyzeStack([cluster, { ...map, properties: {} }]);
    const unenforced = expect.stringContaining("eks-network-policies-enforced");
    expect(await together()).toContainEqual(unenforced);
    await engine.analyze({ ...map, properties });
    expect(await together()).not.toContainEqual(unenforced);
  });

  it("has a policy for every rule", async () => {
    const { policies } = await import("../../../infra/policies/pack/policies.ts");
    expect(policies.map(({ name }) => name)).toEqual(rules.map(({ id }) => id));
  });
});
