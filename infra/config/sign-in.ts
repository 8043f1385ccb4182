import * as z from "zod";
import type { WrongSetting } from "./errors.ts";

/** The AWS provider's configured identity. Without one, the environment decides for provider and CLI. */
export interface SignIn {
  /** `aws:profile`. */
  profile?: string;
  /** `aws:assumeRoles[0].roleArn`. */
  roleArn?: string;
}

/** Roles that `aws eks get-token --role-arn` can assume; a session's name and length do not change its identity. */
const assumable = z.tuple([
  z.strictObject({
    roleArn: z.string(),
    sessionName: z.string().optional(),
    duration: z.string().optional(),
  }),
]);

/** Ways of signing in that the AWS CLI would not see, and how to give them to both. */
const unknownToCli: Readonly<Record<string, string>> = {
  "aws:assumeRole":
    "a key that the AWS provider has had no more since version 7: name the role in aws:assumeRoles[0].roleArn",
  "aws:assumeRoleWithWebIdentity":
    "not known to the AWS CLI, which signs in to the cluster: set AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE, which both read",
  ...Object.fromEntries(
    ["accessKey", "secretKey", "token", "sharedConfigFiles", "sharedCredentialsFiles"].map((key) => [
      `aws:${key}`,
      "not known to the AWS CLI, which signs in to the cluster: name a profile in aws:profile, or use AWS's environment variables",
    ]),
  ),
};

/** The AWS CLI fetches the cluster's tokens: an unsupported sign-in would cause 401 after all else is deployed. */
export function wrongSignIn(values: Readonly<Record<string, unknown>>): WrongSetting[] {
  // Then the AWS CLI is unused.
  if (values["kubernetes:kubeconfig"] !== undefined) return [];
  const unknown = Object.entries(unknownToCli)
    .filter(([path]) => values[path] !== undefined)
    .map(([path, problem]) => ({ path, problem }));
  const path = "aws:assumeRoles";
  if (values[path] === undefined || assumable.safeParse(rolesIn(values)).success) return unknown;
  const problem =
    "more than one roleArn, which is all that the AWS CLI can assume when it signs in to the cluster: put a chain of roles, " +
    "an external id or tags into a profile (role_arn, source_profile, external_id), and name that in aws:profile";
  return [...unknown, { path, problem }];
}

/** Of a configuration with which nothing is wrong. */
export function signInOf(values: Readonly<Record<string, unknown>>): SignIn {
  const profile = values["aws:profile"];
  const [role] = assumable.safeParse(rolesIn(values)).data ?? [];
  return {
    ...(typeof profile === "string" && profile !== "" ? { profile } : {}),
    ...(role === undefined ? {} : { roleArn: role.roleArn }),
  };
}

function rolesIn(values: Readonly<Record<string, unknown>>): unknown {
  try {
    return JSON.parse(String(values["aws:assumeRoles"]));
  } catch {
    return undefined;
  }
}
