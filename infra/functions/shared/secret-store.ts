import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import type * as z from "zod";
import { Failure } from "./failure.ts";
import { concealValue, type Log } from "./log.ts";

type Stage = "AWSCURRENT" | "AWSPENDING" | "AWSPREVIOUS";
export interface Version<Value> {
  id: string;
  value: Value;
}
/** What Secrets Manager says of a secret without its values. */
interface SecretState {
  rotationEnabled: boolean;
  stages: ReadonlyMap<string, readonly string[]>;
}

/** The secrets a function works on. Every value that passes through is concealed from the log. */
export interface SecretStore {
  describe(secret: string): Promise<SecretState>;
  /** The value at a stage; undefined if no version has the stage, or that has no value. */
  read<Value>(
    secret: string,
    schema: z.ZodType<Value>,
    at: { stage: Stage; token?: string },
  ): Promise<Version<Value> | undefined>;
  /** Writes a new version. The same token with the same value again changes nothing. */
  write(secret: string, value: unknown, at: { stage: Stage; token: string }): Promise<void>;
  /** Makes `to` the current version; Secrets Manager makes `from` the previous one. */
  makeCurrent(secret: string, versions: { from: string; to: string }): Promise<void>;
  /** Removes the AWSPENDING label from a version, so that the next rotation starts anew. */
  dropPending(secret: string, token: string): Promise<void>;
}

export const makeSecretStore = (client: SecretsManagerClient, log: Log): SecretStore => ({
  describe: async (secret) => {
    const answer = await client.send(new DescribeSecretCommand({ SecretId: secret }));
    return {
      rotationEnabled: answer.RotationEnabled === true,
      stages: new Map(Object.entries(answer.VersionIdsToStages ?? {})),
    };
  },
  read: async (secret, schema, { stage, token }) => {
    const question = { SecretId: secret, VersionStage: stage, VersionId: token };
    try {
      const answer = await client.send(new GetSecretValueCommand(question));
      const value = parse(answer.SecretString, schema, log, `the ${stage} value of ${secret}`);
      return { id: answer.VersionId ?? "", value };
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  },
  write: async (secret, value, { stage, token }) => {
    concealValue(log, value);
    const change = { SecretId: secret, ClientRequestToken: token, VersionStages: [stage] };
    await client.send(new PutSecretValueCommand({ ...change, SecretString: JSON.stringify(value) }));
  },
  makeCurrent: async (secret, { from, to }) => {
    const move = { VersionStage: "AWSCURRENT", MoveToVersionId: to, RemoveFromVersionId: from };
    await client.send(new UpdateSecretVersionStageCommand({ SecretId: secret, ...move }));
  },
  dropPending: async (secret, token) => {
    const removal = { VersionStage: "AWSPENDING", RemoveFromVersionId: token };
    await client.send(new UpdateSecretVersionStageCommand({ SecretId: secret, ...removal }));
  },
});

/** Errors name the members that are wrong, never what they hold. */
const parse = <Value>(text: string | undefined, schema: z.ZodType<Value>, log: Log, what: string): Value => {
  const json = asJson(text);
  if (json === undefined) throw new Failure("malformed-value", `${what} is not JSON text`);
  concealValue(log, json.value);
  const depth = depthOf(text ?? "");
  if (depth > deepest) throw new Failure("malformed-value", `${what} is nested ${depth} deep`);
  const parsed = schema.safeParse(json.value);
  if (parsed.success) return parsed.data;
  const members = parsed.error.issues.map((issue) => issue.path.join(".") || "(the whole)");
  throw new Failure(
    "malformed-value",
    `${what} has not the expected shape: ${[...new Set(members)].join(", ").slice(0, longestList)}`,
  );
};

/** More than any secret of the product; a deeper value would overflow the stack in a comparison. */
const deepest = 20;
/** Longest list of wrong members in a message, characters: a secret can hold very many. */
const longestList = 200;

/** How deep JSON text is nested at most. */
const depthOf = (text: string): number => {
  let [depth, most] = [0, 0];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{]|[\]}]/g)) {
    if (token === "[" || token === "{") most = Math.max(most, ++depth);
    else if (token === "]" || token === "}") depth--;
  }
  return most;
};

const asJson = (text: string | undefined): { value: unknown } | undefined => {
  try {
    return text === undefined ? undefined : { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
};
