import { randomUUID } from "node:crypto";
import type { AwsError } from "./errors.ts";

/** An answer on the wire. */
export interface WireResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A request on the wire, as far as protocols look at it. */
export interface WireRequest {
  method: string;
  path: string;
  target: string | undefined;
  body: string;
}

/** What a protocol does: find action and input in a request, and write results and errors. */
export interface Protocol {
  read(request: WireRequest): { action: string; input: unknown };
  result(action: string, output: unknown): WireResponse;
  failure(error: AwsError): WireResponse;
}

const jsonHeaders = () => ({
  "content-type": "application/x-amz-json-1.1",
  "x-amzn-requestid": randomUUID(),
});

/** AWS JSON 1.1: the action in X-Amz-Target, a JSON body. */
export const jsonProtocol: Protocol = {
  read: ({ target, body }) => ({
    action: target?.split(".")[1] ?? "",
    input: body === "" ? {} : JSON.parse(body),
  }),
  result: (_action, output) => ({ status: 200, headers: jsonHeaders(), body: JSON.stringify(output) }),
  failure: (error) => ({
    status: error.status,
    headers: { ...jsonHeaders(), "x-amzn-errortype": error.code },
    body: JSON.stringify({ __type: error.code, message: error.message, Message: error.message }),
  }),
};

/** A REST operation: which request is meant, and what the parts of its path are called (the groups of the pattern). */
export interface Route {
  action: string;
  method: string;
  path: RegExp;
}

/** AWS REST-JSON: the action in method and path, JSON in both directions. */
export const restJsonProtocol = (routes: readonly Route[]): Protocol => ({
  ...jsonProtocol,
  read: ({ method, path, body }) => {
    const route = routes.find((one) => one.method === method && one.path.test(path));
    const named = Object.entries(route?.path.exec(path)?.groups ?? {});
    const input = Object.fromEntries(named.map(([name, value]) => [name, decodeURIComponent(value)]));
    return { action: route?.action ?? "", input: body === "" ? input : { ...JSON.parse(body), ...input } };
  },
});

/** AWS Query: a form in, XML out. */
export const queryProtocol = (namespace: string): Protocol => ({
  read: ({ body }) => {
    const { Action, Version: _version, ...input } = formToObject(new URLSearchParams(body));
    return { action: typeof Action === "string" ? Action : "", input };
  },
  result: (action, output) => {
    const requestId = randomUUID();
    const result = `<${action}Result>${toXml(output)}</${action}Result>`;
    const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
    const body = `<${action}Response xmlns="${namespace}">${result}${metadata}</${action}Response>`;
    return { status: 200, headers: { "content-type": "text/xml", "x-amzn-requestid": requestId }, body };
  },
  failure: (error) => {
    const requestId = randomUUID();
    const type = error.status < 500 ? "Sender" : "Receiver";
    const detail = `<Type>${type}</Type><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`;
    const body = `<ErrorResponse xmlns="${namespace}"><Error>${detail}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
    return {
      status: error.status,
      headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
      body,
    };
  },
});

/** EC2's own kind of Query: lists of `item`s, no wrapper around the result, errors in a list. */
export const ec2Protocol = (namespace: string): Protocol => ({
  read: queryProtocol(namespace).read,
  result: (action, output) => {
    const requestId = randomUUID();
    const content = `<requestId>${requestId}</requestId>${toXml(output, "item")}`;
    const body = `<${action}Response xmlns="${namespace}">${content}</${action}Response>`;
    return { status: 200, headers: { "content-type": "text/xml", "x-amzn-requestid": requestId }, body };
  },
  failure: (error) => {
    const requestId = randomUUID();
    const detail = `<Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message>`;
    const body = `<Response><Errors><Error>${detail}</Error></Errors><RequestID>${requestId}</RequestID></Response>`;
    const headers = { "content-type": "text/xml", "x-amzn-requestid": requestId };
    return { status: error.status, headers, body };
  },
});

/** A list whose elements are not called `member`: RDS and ElastiCache call them after what they are. */
export class NamedList {
  readonly name: string;
  readonly items: readonly unknown[];

  constructor(name: string, items: readonly unknown[]) {
    this.name = name;
    this.items = items;
  }
}

interface Tree {
  [member: string]: string | Tree;
}

/** "A.B=1" → { A: { B: "1" } }, "L.member.1=x" → { L: ["x"] }. */
const formToObject = (form: URLSearchParams): Record<string, unknown> => {
  const root: Tree = Object.create(null);
  for (const [path, value] of form) {
    const parts = path.split(".");
    const last = parts.pop() ?? "";
    let node = root;
    for (const part of parts) {
      const next = node[part];
      const child: Tree = typeof next === "object" ? next : Object.create(null);
      node[part] = child;
      node = child;
    }
    node[last] = value;
  }
  return Object.fromEntries(Object.entries(root).map(([name, value]) => [name, withLists(value)]));
};

/** A node whose only child has numbers for names is a list under any name of that child. */
const withLists = (node: string | Tree): unknown => {
  if (typeof node === "string") return node;
  const entries = Object.entries(node);
  const [only] = entries;
  if (entries.length === 1 && only && typeof only[1] === "object") {
    const items = Object.entries(only[1]);
    if (items.every(([index]) => /^\d+$/.test(index))) {
      return items.sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => withLists(item));
    }
  }
  return Object.fromEntries(entries.map(([name, value]) => [name, withLists(value)]));
};

const toXml = (value: unknown, element = "member"): string => {
  if (value === undefined || value === null) return "";
  if (value instanceof Date) return value.toISOString();
  if (value instanceof NamedList) return elements(value.items, value.name);
  if (Array.isArray(value)) return elements(value, element);
  if (typeof value !== "object") return escapeXml(String(value));
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `<${name}>${toXml(member, element)}</${name}>`)
    .join("");
};

const elements = (items: readonly unknown[], name: string): string =>
  items.map((item) => `<${name}>${toXml(item, name)}</${name}>`).join("");

const escapeXml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
