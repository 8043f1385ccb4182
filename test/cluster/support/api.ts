import { Agent, fetch } from "undici";
import * as z from "zod";

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    deletionTimestamp: z.string().optional(),
    creationTimestamp: z.string().optional(),
  }),
});
/** A Kubernetes object; what lies below is asked for by path. */
export type KubernetesObject = z.output<typeof objectSchema>;

const listSchema = z.object({ items: z.array(z.looseObject({})) });
const resourcesSchema = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});
const statusSchema = z.looseObject({ message: z.string(), reason: z.string().optional(), code: z.number() });

/** An answer of the API server that is a refusal: its own words. */
export class Refused extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** How to reach a control plane. */
export interface Connection {
  url: string;
  token: string;
  ca: string;
}

/** The little that the tests ask of the Kubernetes API, with the warnings that a person would see. */
export class KubernetesApi {
  readonly #connection: Connection;
  readonly #dispatcher: Agent;
  readonly #resources = new Map<string, Promise<z.output<typeof resourcesSchema>["resources"]>>();

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#dispatcher = new Agent({ connect: { ca: connection.ca }, connections: 16 });
  }

  close(): Promise<void> {
    return this.#dispatcher.close();
  }

  /** One request. @throws Refused with the server's own message. */
  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ body: unknown; warnings: string[] }> {
    const { url, token } = this.#connection;
    const answer = await fetch(`${url}${path}`, {
      dispatcher: this.#dispatcher,
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const parsed: unknown = await answer.json();
    if (!answer.ok) throw new Refused(answer.status, statusSchema.parse(parsed).message);
    // 299 - "text": one header for each, joined by the client.
    const warnings = [...(answer.headers.get("warning") ?? "").matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)];
    return { body: parsed, warnings: warnings.map(([, text = ""]) => text.replace(/\\(.)/g, "$1")) };
  }

  /** Applies server-side, as Pulumi's provider does, and refuses fields that the server does not know. */
  async apply(
    object: KubernetesObject,
    dryRun = false,
  ): Promise<{ object: KubernetesObject; warnings: string[] }> {
    const path = await this.pathOf(object);
    const query = `fieldManager=pulumi&fieldValidation=Strict${dryRun ? "&dryRun=All" : ""}`;
    const { body, warnings } = await this.request("PATCH", `${path}?${query}`, object, {
      "content-type": "application/apply-patch+yaml",
    });
    return { object: objectSchema.parse(body), warnings };
  }

  /** Changes some fields (JSON merge patch). */
  async patch(path: string, changes: unknown, dryRun = false): Promise<void> {
    const type = { "content-type": "application/merge-patch+json" };
    await this.request("PATCH", dryRun ? `${path}?dryRun=All` : path, changes, type);
  }

  /** Whether the object would be accepted instead of what is there, if anything. */
  async tryInstead(object: KubernetesObject): Promise<void> {
    const path = await this.pathOf(object);
    const there = await this.get(path).catch(() => undefined);
    const { resourceVersion } = Object(there?.metadata);
    const collection = path.slice(0, path.lastIndexOf("/"));
    if (there === undefined) await this.request("POST", `${collection}?dryRun=All`, object);
    else {
      const metadata = { ...object.metadata, resourceVersion };
      await this.request("PUT", `${path}?dryRun=All`, { ...object, metadata });
    }
  }

  async get(path: string): Promise<KubernetesObject> {
    return objectSchema.parse((await this.request("GET", path)).body);
  }

  /** The objects of a collection, such as `/api/v1/namespaces/bulwark/pods`. */
  async list(path: string, kind: { apiVersion: string; kind: string }): Promise<KubernetesObject[]> {
    const { items } = listSchema.parse((await this.request("GET", path)).body);
    // In lists the server leaves out what is the same for all.
    return items.map((item) => objectSchema.parse({ ...kind, ...item }));
  }

  /** Deletes an object; that it is not there is as good. */
  async delete(object: KubernetesObject, options: Record<string, unknown> = {}): Promise<void> {
    try {
      await this.request("DELETE", await this.pathOf(object), {
        propagationPolicy: "Background",
        ...options,
      });
    } catch (error) {
      if (!(error instanceof Refused && error.code === 404)) throw error;
    }
  }

  /** Where an object is, by what the server says of its kind. */
  async pathOf({ apiVersion, kind, metadata }: KubernetesObject): Promise<string> {
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const known = this.#resources.get(root) ?? this.#discover(root);
    this.#resources.set(root, known);
    const found = (await known).find((resource) => resource.kind === kind && !resource.name.includes("/"));
    if (found === undefined) throw new Error(`the API server knows no ${kind} in ${apiVersion}`);
    const scope = found.namespaced ? `/namespaces/${metadata.namespace ?? "default"}` : "";
    return `${root}${scope}/${found.name}/${metadata.name}`;
  }

  async #discover(root: string) {
    return resourcesSchema.parse((await this.request("GET", root)).body).resources;
  }
}

/** An object as a test writes it down. */
export const objectOf = (value: unknown): KubernetesObject => objectSchema.parse(value);
