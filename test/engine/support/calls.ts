import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** A request to AWS, and what it asks for. */
export interface Call {
  /** Credential scope of the signature: `rds`, `secretsmanager`, … Empty: not signed. */
  service: string;
  /** `DescribeDBInstances`; of REST services `GET /2015-03-31/functions/name`. */
  action: string;
  method: string;
  /** Path and query as sent. */
  target: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** Parameters of the Query protocol, else empty. */
  form: URLSearchParams;
}

/** An answer on its way back. */
export interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  body: Buffer;
}

interface Request {
  method: string;
  target: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Reads which call of which service a request is. All that AWS clients sign names the service in the signature's scope. */
export function callOf({ method, target, headers, body }: Request): Call {
  const [, service = ""] =
    /Credential=[^/,\s]+\/\d+\/[^/]+\/([^/]+)\/aws4_request/.exec(headers.authorization ?? "") ?? [];
  const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false;
  const form = new URLSearchParams(isForm ? body.toString("utf8") : "");
  const named = headers["x-amz-target"];
  const action =
    (typeof named === "string" ? named.split(".").at(-1) : undefined) ??
    form.get("Action") ??
    `${method} ${decodeURIComponent(target.split("?")[0] ?? "")}`;
  return { service, action, method, target, headers, body, form };
}

/** The JSON body of a call or an answer. */
export const jsonOf = ({ body }: { body: Buffer }): unknown =>
  body.length === 0 ? {} : JSON.parse(body.toString("utf8"));

export const textOf = ({ body }: { body: Buffer }): string => body.toString("utf8");

/** A result of a JSON service. */
export const json = (value: unknown, status = 200): Answer => ({
  status,
  headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": randomUUID() },
  body: Buffer.from(value === undefined ? "" : JSON.stringify(value)),
});

/** An error of a JSON service. */
export const jsonError = (code: string, message: string, status = 400): Answer => {
  const answer = json({ __type: code, message, Message: message }, status);
  return { ...answer, headers: { ...answer.headers, "x-amzn-errortype": code } };
};

/** A result of a Query service, as XML. */
export const xml = (body: string, status = 200): Answer => ({
  status,
  headers: { "content-type": "text/xml", "x-amzn-requestid": randomUUID() },
  body: Buffer.from(body),
});

/** The answer with another body. */
export const withBody = (answer: Answer, body: string): Answer => ({ ...answer, body: Buffer.from(body) });

export const succeeded = ({ status }: Answer): boolean => status >= 200 && status < 300;
