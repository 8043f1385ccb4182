import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { AwsError } from "./errors.ts";
import { invoke, invokedFunction } from "./lambda.ts";
import type { Operations } from "./operation.ts";
import {
  jsonProtocol,
  type Protocol,
  queryProtocol,
  type WireRequest,
  type WireResponse,
} from "./protocols.ts";
import type { RequestLog } from "./request-log.ts";
import type { RotationHooks } from "./secrets-manager/rotation.ts";

/** A service as the HTTP side sees it. */
interface Service {
  protocol: Protocol;
  operations: Operations;
}
export type Services = Readonly<Record<string, Service>>;

const largestBodyBytes = 6 * 1024 * 1024; // Lambda's limit, the largest of these services

/**
 * The stand-in's listener. The service is the one that the signature names, as for every AWS endpoint; the signature itself
 * is not verified. A request without one is refused, as AWS does.
 */
export const httpServer = (
  services: Services,
  hooks: Pick<RotationHooks, "invokeFunction">,
  log: RequestLog,
): Server =>
  // Node would close idle connections after 5 seconds: a client that sends at that very moment meets a reset, which AWS's own
  // endpoints, minutes more patient, hardly ever show.
  createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    answer(request, services, hooks, log)
      .catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        return jsonProtocol.failure(new AwsError("InternalFailure", message, 500));
      })
      .then((wire) => send(response, wire));
  });

const answer = async (
  request: IncomingMessage,
  services: Services,
  hooks: Pick<RotationHooks, "invokeFunction">,
  log: RequestLog,
): Promise<WireResponse> => {
  const path = new URL(request.url ?? "/", "http://stand-in").pathname;
  if (request.method === "GET" && path === "/_standin/health") return plain({ status: "ok" });
  if (request.method === "GET" && path === "/_standin/requests") return plain(log.all());
  const body = await readBody(request);
  const signature = /Credential=([^/,\s]+)\/\d+\/[^/]+\/([^/]+)\/aws4_request/.exec(
    request.headers.authorization ?? "",
  );
  const [, accessKeyId = "", serviceName = ""] = signature ?? [];
  if (!signature) return unsigned(request);
  const functionName = invokedFunction(path);
  if (serviceName === "lambda" && functionName) {
    const wire = await invoke(
      hooks,
      functionName,
      header(request, "x-amz-invocation-type") ?? "RequestResponse",
      body,
    );
    const error = wire.headers["x-amzn-errortype"] ?? wire.headers["x-amz-function-error"];
    log.add({ service: "lambda", action: "Invoke", accessKeyId, error }, { FunctionName: functionName });
    return wire;
  }
  return callOperation({
    service: services[serviceName],
    serviceName,
    request,
    path,
    body,
    accessKeyId,
    log,
  });
};

const callOperation = async (call: {
  service: Service | undefined;
  serviceName: string;
  request: IncomingMessage;
  path: string;
  body: string;
  accessKeyId: string;
  log: RequestLog;
}): Promise<WireResponse> => {
  const { service, serviceName, accessKeyId, log } = call;
  const protocol = service?.protocol ?? jsonProtocol;
  const { action, input } = readOrEmpty(protocol, {
    method: call.request.method ?? "",
    path: call.path,
    target: header(call.request, "x-amz-target"),
    body: call.body,
  });
  const entry = { service: serviceName, action, accessKeyId };
  try {
    const known =
      service && Object.hasOwn(service.operations, action) ? service.operations[action] : undefined;
    if (!known)
      throw new AwsError("UnknownOperationException", `The stand-in does not know ${serviceName}:${action}.`);
    const output = await known.handle(input, { accessKeyId });
    log.add(entry, input);
    return protocol.result(action, output);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    log.add({ ...entry, error: error.code }, input);
    return protocol.failure(error);
  }
};

const readOrEmpty = (protocol: Protocol, request: WireRequest) => {
  try {
    return protocol.read(request);
  } catch {
    return { action: "", input: {} };
  }
};

/** The query services and the JSON ones word it differently. */
const unsigned = (request: IncomingMessage): WireResponse => {
  const query = header(request, "content-type")?.startsWith("application/x-www-form-urlencoded");
  const message = "Request is missing Authentication Token";
  if (query) return queryProtocol("").failure(new AwsError("MissingAuthenticationToken", message, 403));
  return jsonProtocol.failure(new AwsError("MissingAuthenticationTokenException", message, 400));
};

const header = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > largestBodyBytes) throw new Error("The request is larger than any of these services takes.");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
};

const plain = (value: unknown): WireResponse => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
});

const send = (response: ServerResponse, wire: WireResponse): void => {
  response.writeHead(wire.status, wire.headers);
  response.end(wire.body);
};
