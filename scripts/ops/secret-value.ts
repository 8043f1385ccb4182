import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type * as z from "zod";
import { CommandError } from "../cli/errors.ts";
import type { EnvironmentAccess } from "./database/access.ts";

/** A secret of an environment, from Secrets Manager. @throws CommandError when it cannot be used */
export const secretValue = async <T>(
  { aws, where }: EnvironmentAccess,
  id: string,
  schema: z.ZodType<T>,
): Promise<T> => {
  const client = new SecretsManagerClient(aws);
  try {
    const { SecretString = "" } = await client.send(new GetSecretValueCommand({ SecretId: id }));
    return schema.parse(JSON.parse(SecretString));
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    const reason: Record<string, string> = {
      ResourceNotFoundException:
        "it does not exist or has no value: has the environment been deployed there?",
      AccessDeniedException: "you may not read it (secretsmanager:GetSecretValue, kms:Decrypt)",
      ZodError: "its value is not what belongs there",
      SyntaxError: "its value is not JSON",
    };
    if (!reason[name]) throw error;
    // No cause: it could quote the value.
    throw new CommandError(`The secret ${id} in ${where} cannot be used: ${reason[name]}.`);
  } finally {
    client.destroy();
  }
};
