import { fromNodeProviderChain, fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import { signInOf } from "../../infra/config/sign-in.ts";
import { refusal } from "../cli/errors.ts";

type Credentials = ReturnType<typeof fromTemporaryCredentials> | ReturnType<typeof fromNodeProviderChain>;

/** What the AWS SDK's clients are made with. */
export interface AwsAccess {
  region: string | undefined;
  endpoint?: string;
  credentials?: Credentials | { accessKeyId: string; secretAccessKey: string };
  maxAttempts: number;
}

/**
 * A stack's region, and the identity that `pulumi up` has there: the role of `aws:assumeRoles`, the profile of `aws:profile`, or
 * whom the environment says (AWS_PROFILE, …). AWS_REGION goes before the configuration's region.
 * @throws CommandError (exit code 2) where neither names a region
 */
export function awsAccess(config: Readonly<Record<string, string>>, stack: string): AwsAccess {
  const region = process.env.AWS_REGION ?? config["aws:region"];
  if (region === undefined)
    throw refusal(`There is no region: pulumi config set --stack ${stack} aws:region us-east-1`);
  const { profile, roleArn } = signInOf(config);
  if (config["aws:assumeRoles"] !== undefined && roleArn === undefined)
    throw refusal(
      "aws:assumeRoles is more than one roleArn: put the rest into a profile, and name that in aws:profile",
    );
  const access = { region, maxAttempts: 5 };
  if (roleArn === undefined && profile === undefined) return access;
  const own = fromNodeProviderChain({ profile });
  if (roleArn === undefined) return { ...access, credentials: own };
  const params = { RoleArn: roleArn, RoleSessionName: "bulwark" };
  return {
    ...access,
    credentials: fromTemporaryCredentials({ params, masterCredentials: own, clientConfig: { region } }),
  };
}
