import type { Context } from "../state.ts";
import { managementOperations } from "./management.ts";
import { GetRandomPassword } from "./password.ts";
import { type RotationHooks, rotationOperations } from "./rotation.ts";
import { valueOperations } from "./values.ts";

/** Secrets Manager, with the semantics of versions, staging labels and rotation that AWS documents. */
export const secretsManager = (context: Context, hooks: RotationHooks) => {
  const rotation = rotationOperations(context, hooks);
  const operations = {
    ...valueOperations(context),
    ...managementOperations(context),
    ...rotation.operations,
    GetRandomPassword,
  };
  return { operations, settled: rotation.settled };
};
export type SecretsManager = ReturnType<typeof secretsManager>["operations"];
