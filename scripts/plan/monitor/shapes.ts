import { createHash } from "node:crypto";
import type { ResourceRequest } from "./types.ts";

/**
 * What the made-up outputs of one resource are drawn from. Everything follows from the resource's type and name, so two
 * plans of the same program are equal.
 */
export class Shape {
  readonly request: ResourceRequest;
  readonly inputs: Record<string, unknown>;
  readonly region: string;
  readonly account: string;

  constructor(request: ResourceRequest) {
    this.request = request;
    this.inputs = request.inputs;
    this.region = typeof request.inputs.region === "string" ? request.inputs.region : request.identity.region;
    this.account = request.identity.accountId;
  }

  /** Hex digits, the same each time for this resource and `salt`. */
  hex(length: number, salt = ""): string {
    let digits = "";
    for (let block = 0; digits.length < length; block += 1) {
      digits += createHash("sha256")
        .update(`${this.request.type}|${this.request.name}|${salt}|${block}`)
        .digest("hex");
    }
    return digits.slice(0, length);
  }

  digits(length: number): string {
    return [...this.hex(length)].map((digit) => Number.parseInt(digit, 16) % 10).join("");
  }

  /** Capital letters and digits, as AWS writes ids of zones and hosted names. */
  code(length: number): string {
    return [...this.hex(length * 2)]
      .map((digit, index) =>
        index % 2 === 0 ? "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"[Number.parseInt(digit, 16) * 2] : "",
      )
      .join("")
      .slice(0, length);
  }

  uuid(): string {
    const hex = this.hex(32);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  }

  /** An input that is text; undefined otherwise. */
  text(key: string): string | undefined {
    const value = this.inputs[key];
    return typeof value === "string" ? value : undefined;
  }

  number(key: string): number | undefined {
    const value = this.inputs[key];
    return typeof value === "number" ? value : undefined;
  }

  /** The physical name: the given one, or from a prefix, or as Pulumi makes one: its own name and seven hex digits. */
  named(key = "name"): string {
    const prefix = this.text(`${key}Prefix`);
    return this.text(key) ?? (prefix ? `${prefix}${this.hex(7)}` : `${this.request.name}-${this.hex(7)}`);
  }

  arn(service: string, resource: string): string {
    return `arn:${this.request.identity.partition}:${service}:${this.region}:${this.account}:${resource}`;
  }

  /** An ARN without region (IAM), or without region and account (S3). */
  globalArn(service: string, resource: string, account = this.account): string {
    return `arn:${this.request.identity.partition}:${service}::${account}:${resource}`;
  }
}

/** What a type's resources come out with: the id, and the outputs besides what went in. */
type Outputs = { id: string } & Record<string, unknown>;
export type Shaper = (shape: Shape) => Outputs;

/** The usual case: a named thing whose id is its name and which has an ARN. */
export function namedWithArn(service: string, path: (name: string) => string, key = "name"): Shaper {
  return (shape) => {
    const name = shape.named(key);
    return { id: name, [key]: name, arn: shape.arn(service, path(name)) };
  };
}

/** Something EC2 numbers: `subnet-0123456789abcdef0`. */
export function numbered(
  prefix: string,
  more: (shape: Shape, id: string) => Record<string, unknown> = () => ({}),
): Shaper {
  return (shape) => {
    const id = `${prefix}-0${shape.hex(16)}`;
    return {
      id,
      arn: shape.arn("ec2", `${ec2Kind[prefix] ?? prefix}/${id}`),
      ownerId: shape.account,
      ...more(shape, id),
    };
  };
}

const ec2Kind: Record<string, string> = {
  sg: "security-group",
  sgr: "security-group-rule",
  igw: "internet-gateway",
  nat: "natgateway",
  rtb: "route-table",
  eipalloc: "elastic-ip",
  vpce: "vpc-endpoint",
  fl: "vpc-flow-log",
  acl: "network-acl",
};
