import { setImmediate } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import resourceProto from "@pulumi/pulumi/proto/resource_pb.js";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import type {
  CallRequest,
  PlannedResource,
  ResourceRequest,
  ResourceResult,
  StackIdentity,
} from "./types.ts";
import { asSecret, displayable, holdsSecret, type Wire } from "./values.ts";

const { Struct } = structProto;
type Answer<T> = (error: unknown, response?: T) => void;
type WireMap = Record<string, Wire>;

/** A registration that failed, with the message of the code that refused it. */
export interface Refusal {
  type: string;
  name: string;
  reason: string;
}

/** How a monitor creates resources. */
export interface Backing {
  newResource(request: ResourceRequest): Promise<ResourceResult> | ResourceResult;
  call(request: CallRequest): Promise<Record<string, unknown>> | Record<string, unknown>;
}

/**
 * The SDK's in-process monitor, with what the engine does besides and its mocks leave out: URNs as the engine writes
 * them, duplicates refused, secrets kept secret in outputs, and every option of a resource on record.
 */
export class RecordingMonitor extends MockMonitor {
  readonly planned: PlannedResource[] = [];
  readonly refusals: Refusal[] = [];
  readonly #backing: Backing;
  readonly #identity: StackIdentity;
  #outputs: Record<string, unknown> = {};

  constructor(identity: StackIdentity, backing: Backing) {
    super({
      newResource: () => ({ id: "", state: {} }),
      call: ({ token, inputs, provider }) =>
        this.#backing.call({ token, inputs, provider, identity: this.#identity }),
    });
    this.#backing = backing;
    this.#identity = identity;
  }

  /** The stack's outputs, once the program has ended. */
  get stackOutputs(): Record<string, unknown> {
    return this.#outputs;
  }

  override async registerResource(request: RegisterResourceRequest, answer: Answer<unknown>): Promise<void> {
    try {
      // The program never waits for anything outside: without this, Ctrl-C and progress would, for all of its resources.
      await setImmediate();
      answer(null, await this.#register(request));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.refusals.push({ type: request.getType(), name: request.getName(), reason });
      answer(error instanceof Error ? error : new Error(reason));
    }
  }

  override async readResource(request: ReadRequest, answer: Answer<unknown>): Promise<void> {
    try {
      const urn = this.#urnOf(request.getParent(), request.getType(), request.getName());
      const result = await this.#backing.newResource({
        urn,
        type: request.getType(),
        name: request.getName(),
        inputs: pulumi.runtime.deserializeProperties(request.getProperties() ?? new Struct()),
        custom: true,
        parent: request.getParent() || undefined,
        dependencies: [],
        id: request.getId(),
        identity: this.#identity,
      });
      const response = new resourceProto.ReadResourceResponse();
      response.setUrn(urn);
      response.setProperties(Struct.fromJavaScript(await serialized(result.state)));
      answer(null, response);
    } catch (error) {
      answer(error);
    }
  }

  override async invoke(request: unknown, answer: Answer<unknown>): Promise<void> {
    // The SDK shows `details`, a field of gRPC errors, and would print "undefined" for other errors.
    await super.invoke(request, (error: unknown, response: unknown) => {
      if (error instanceof Error) Object.assign(error, { details: error.message });
      answer(error, response);
    });
  }

  override registerResourceOutputs(request: OutputsRequest, answer: Answer<unknown>): void {
    if (request.getUrn() === this.planned[0]?.urn) {
      const outputs = request.getOutputs()?.toJavaScript() as WireMap | undefined;
      this.#outputs = Object.fromEntries(
        Object.entries(outputs ?? {}).map(([key, value]) => [key, displayable(value)]),
      );
    }
    super.registerResourceOutputs(request, answer);
  }

  /** The engine runs a hook where it makes the resource: nothing here does, so it is only known by name. */
  registerResourceHook(_request: unknown, answer: Answer<unknown>): void {
    answer(null, {});
  }

  async #register(request: RegisterResourceRequest): Promise<unknown> {
    const type = request.getType();
    const name = request.getName();
    const urn = this.#urnOf(request.getParent(), type, name);
    if (this.resources.has(urn)) {
      throw new Error(`there is already a resource with the URN ${urn}; give this one a name of its own`);
    }
    const object = request.getObject() ?? new Struct();
    const inputs = object.toJavaScript() as WireMap;
    refuseStringifiedOutputs(inputs);
    // Claimed before the first await: of two with one name the second is refused, however long the first takes.
    this.resources.set(urn, { urn, id: null, state: {} });
    const planned = plannedFrom(urn, request, inputs);
    this.planned.push(planned);
    const result = await this.#backing.newResource({
      urn,
      type,
      name,
      inputs: plainInputs(object),
      custom: request.getCustom(),
      parent: request.getParent() || undefined,
      provider: request.getProvider() || undefined,
      dependencies: request.getDependenciesList(),
      id: request.getImportid() || undefined,
      identity: this.#identity,
    });
    const state = await this.#secretsKept(result.state, inputs, request.getAdditionalsecretoutputsList());
    planned.id = result.id || undefined;
    this.resources.set(urn, { urn, id: result.id ?? null, state });
    const response = new resourceProto.RegisterResourceResponse();
    response.setUrn(urn);
    response.setId(result.id ?? "");
    response.setObject(Struct.fromJavaScript(state));
    // The SDK makes a text of each answer for a debug log, and the code of a function is megabytes.
    response.toString = () => urn;
    return response;
  }

  /** As a provider does: what went in as a secret comes out as a secret, and so does what the SDK names as one. */
  async #secretsKept(
    state: Record<string, unknown>,
    inputs: WireMap,
    secretOutputs: readonly string[],
  ): Promise<WireMap> {
    const outputs = await serialized(state);
    for (const [key, value] of Object.entries(outputs)) {
      if (holdsSecret(inputs[key]) || secretOutputs.includes(key)) outputs[key] = asSecret(value);
    }
    return outputs;
  }

  /** As the engine writes it: the types of all ancestors but the stack, joined by `$`. */
  #urnOf(parent: string, type: string, name: string): string {
    const ancestors = parent.split("::")[2] ?? "";
    const qualified = parent && ancestors !== stackType ? `${ancestors}$${type}` : type;
    return `urn:pulumi:${this.#identity.stack}::${this.#identity.project}::${qualified}::${name}`;
  }
}

const stackType = "pulumi:pulumi:Stack";

type ReadRequest = InstanceType<typeof resourceProto.ReadResourceRequest>;
type OutputsRequest = InstanceType<typeof resourceProto.RegisterResourceOutputsRequest>;

const serialized = async (state: Record<string, unknown>): Promise<WireMap> =>
  await pulumi.runtime.serializeProperties("", state);

/** Inputs in the clear: only the wrapper is taken off, which the SDK pushes up to the property that holds the secret. */
function plainInputs(object: InstanceType<typeof Struct>): Record<string, unknown> {
  const inputs: Record<string, unknown> = pulumi.runtime.deserializeProperties(object);
  return Object.fromEntries(
    Object.entries(inputs).map(([key, value]) => [key, pulumi.runtime.unwrapRpcSecret(value)]),
  );
}

function plannedFrom(urn: string, request: RegisterResourceRequest, inputs: WireMap): PlannedResource {
  const dependencies = request.getDependenciesList();
  const explained = new Set(
    [...request.getPropertydependenciesMap().entries()].flatMap(([, urns]) => urns.getUrnsList()),
  );
  return {
    urn,
    type: request.getType(),
    name: request.getName(),
    inputs: Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, displayable(value)])),
    parent: request.getParent() || undefined,
    component: !request.getCustom(),
    provider: request.getProvider() || undefined,
    dependencies,
    dependsOn: dependencies.filter((dependency) => !explained.has(dependency)),
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    aliases: request.getAliasesList().map((alias) => alias.getUrn() || (alias.getSpec()?.getName() ?? "")),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    deletedWith: request.getDeletedwith() || undefined,
    beforeCreate: request.getHooks()?.getBeforeCreateList(),
  };
}

/** `${output}` in a template gives a sentence of the SDK instead of the value; the engine would deploy that sentence. */
function refuseStringifiedOutputs(value: Wire, path = "inputs"): void {
  if (typeof value === "string" && value.includes("Calling [toString] on an [Output<T>] is not supported")) {
    throw new Error(`${path} was made of an Output with a template string; use pulumi.interpolate instead`);
  }
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) refuseStringifiedOutputs(item, `${path}.${key}`);
}
