import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engine from "@pulumi/pulumi/proto/engine_pb.js";
import resourceGrpc from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import resource from "@pulumi/pulumi/proto/resource_pb.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import { answerCall } from "../../../scripts/plan/monitor/index.ts";
import { rawOf, valuesOf } from "./configuration.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const host = `${root}/node_modules/@pulumi/pulumi/cmd/run/index.js`;

/** How a run ended. */
export interface HostRun {
  exitCode: number | null;
  /** `type name` of every resource that the program registered. */
  registered: string[];
  /** What it had the engine print as errors. */
  errors: string[];
  /** What it had the engine print as warnings. */
  warnings: string[];
  /** What it printed past the engine. */
  printed: string;
}

/** A call's handler that answers with what `answer` makes of the request. */
const answering =
  <Request, Response>(
    answer: (request: Request) => Response | Promise<Response>,
  ): grpc.handleUnaryCall<Request, Response> =>
  async (call, callback) => {
    try {
      callback(null, await answer(call.request));
    } catch (error) {
      callback({
        code: grpc.status.UNKNOWN,
        details: error instanceof Error ? error.message : String(error),
      });
    }
  };

const empty = () => new emptyProto.Empty();

/** The engine's side as far as a first preview asks for it: takes every resource, knows no output. */
function engineServer(stack: string, run: HostRun): grpc.Server {
  const server = new grpc.Server();
  const identity = {
    stack,
    project: "bulwark",
    region: "us-east-1",
    accountId: "123456789012",
    partition: "aws",
  };
  const engineCalls = {
    log: answering((request: InstanceType<typeof engine.LogRequest>) => {
      if (request.getSeverity() === engine.LogSeverity.ERROR) run.errors.push(request.getMessage());
      if (request.getSeverity() === engine.LogSeverity.WARNING) run.warnings.push(request.getMessage());
      return empty();
    }),
    setRootResource: answering(() => new engine.SetRootResourceResponse()),
    getRootResource: answering(() => new engine.GetRootResourceResponse()),
  };
  const monitorCalls = {
    supportsFeature: answering(() => {
      const response = new resource.SupportsFeatureResponse();
      response.setHassupport(true);
      return response;
    }),
    registerResource: answering((request: InstanceType<typeof resource.RegisterResourceRequest>) => {
      run.registered.push(`${request.getType()} ${request.getName()}`);
      const response = new resource.RegisterResourceResponse();
      response.setUrn(`urn:pulumi:${stack}::bulwark::${request.getType()}::${request.getName()}`);
      response.setObject(request.getObject());
      return response;
    }),
    registerResourceOutputs: answering(empty),
    registerResourceHook: answering(empty),
    registerPackage: answering(() => new resource.RegisterPackageResponse()),
    signalAndWaitForShutdown: answering(empty),
    invoke: answering(async (request: InstanceType<typeof resource.ResourceInvokeRequest>) => {
      const inputs = request.getArgs()?.toJavaScript() ?? {};
      const answer = await answerCall({ token: request.getTok(), inputs, identity });
      const response = new resource.ResourceInvokeResponse();
      response.setReturn(structProto.Struct.fromJavaScript(JSON.parse(JSON.stringify(answer))));
      return response;
    }),
  };
  // Calls that a preview does not make are answered with "unimplemented" by the library.
  server.addService(engineGrpc.EngineService, engineCalls);
  server.addService(resourceGrpc.ResourceMonitorService, monitorCalls);
  return server;
}

/**
 * Runs the program as `pulumi preview` does: in Pulumi's own language host, a process of its own that knows nothing of this
 * repository's tools, with an engine on the other end of the line.
 * @param flags of Node. Without stack traces (`--stack-trace-limit=0`), which the SDK takes for every promise, it takes half the time.
 */
export async function runInLanguageHost(
  stack: string,
  changes: Record<string, unknown> = {},
  flags: readonly string[] = [],
): Promise<HostRun> {
  const run: HostRun = { exitCode: null, registered: [], errors: [], warnings: [], printed: "" };
  const server = engineServer(stack, run);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  try {
    const address = `127.0.0.1:${port}`;
    const program = [
      "--project",
      "bulwark",
      "--stack",
      stack,
      "--pwd",
      `${root}/infra`,
      "--dry-run",
      "main.mjs",
    ];
    const child = spawn(
      process.execPath,
      [...flags, host, "--monitor", address, "--engine", address, ...program],
      {
        env: {
          PATH: process.env.PATH,
          NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
          PULUMI_NODEJS_TYPESCRIPT: "false",
          PULUMI_CONFIG: JSON.stringify(rawOf(valuesOf(stack, changes))),
        },
      },
    );
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => (run.printed += String(chunk)));
    run.exitCode = await new Promise((resolve) => child.once("exit", resolve));
  } finally {
    server.forceShutdown();
  }
  return run;
}
