import * as z from "zod";
import { parseCidr } from "../../lib/cidr.ts";
import { wrongVpcRange } from "../address-ranges.ts";

/** Whole days. */
export const days = (minimum: number, maximum: number) => z.number().int().min(minimum).max(maximum);

export const email = z.email("must be an e-mail address").meta({ example: "on-call@example.com" });

/** `pulumi config set --path` turns 5 and true into a number and a boolean: taken back to text here. */
export const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const quantity = (pattern: RegExp, example: string) =>
  z.string().regex(pattern, `must be a Kubernetes quantity, such as ${example}`);
export const cpu = (standard: string) => quantity(/^\d+m?$/, standard).default(standard);
export const memory = (standard: string) => quantity(/^\d+(Mi|Gi)$/, standard).default(standard);

const arn = z.string().regex(/^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d*:.+$/, "must be an ARN");
export const roleArn = arn.regex(/:iam::\d{12}:role\//, "must be the ARN of an IAM role");

/** The VPC's range: private, a /16 to a /20 without host bits, which AWS would silently drop and the subnets' arithmetic must not guess. */
export const vpcRange = z.string().superRefine((range, ctx) => {
  try {
    const { prefix } = parseCidr(range);
    const message = prefix < 16 || prefix > 20 ? "must be a /16 to a /20" : wrongVpcRange(range);
    if (message !== undefined) ctx.addIssue({ code: "custom", message });
  } catch {
    ctx.addIssue({
      code: "custom",
      message: "must be an IPv4 range that starts where one of its size starts",
    });
  }
});

/** Retentions that CloudWatch Logs accepts, days. */
export const logRetention = z
  .literal([
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
  ])
  .default(90);
