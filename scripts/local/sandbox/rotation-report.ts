import * as z from "zod";
import { type SecretPurpose, secretName, secretPurposes } from "../../../app/contract/secrets.ts";
import { aspectsOf, changes } from "../secret-value.ts";
import type { Sandbox } from "./sandbox.ts";

/** What the rotate-all function answers (infra/functions/rotate-all). */
const summary = z.object({
  generation: z.number(),
  rotated: z.array(
    z.object({ secret: z.enum(secretPurposes), from: z.string(), to: z.string(), seconds: z.number() }),
  ),
});

/** What a raised `rotation.generation` has changed, secret by secret, with the names that the function itself may not read. */
export const tellRotation = async (sandbox: Sandbox, result: string): Promise<void> => {
  const { success, data } = summary.safeParse(JSON.parse(result));
  if (!success || data.rotated.length === 0) return;
  const { console } = sandbox;
  console.print(
    `  Generation ${data.generation}: ${data.rotated.length} secrets rotated, one after the other.`,
  );
  for (const { secret, from, to, seconds } of data.rotated) {
    const [before, after] = await Promise.all([from, to].map((id) => aspects(sandbox, secret, id)));
    console.print(`    ${secret.padEnd(12)} ${seconds} s, version ${from} → ${to}`);
    for (const line of changes(secret, before, after)) console.print(`    ${"".padEnd(12)} ${line}`);
  }
};

const aspects = async ({ standin, stack }: Sandbox, purpose: SecretPurpose, VersionId: string) => {
  const SecretId = secretName(stack, purpose);
  const { SecretString } = await standin.secrets.GetSecretValue({ SecretId, VersionId });
  if (SecretString === undefined) throw new Error(`${SecretId} holds no text`);
  return aspectsOf(purpose, SecretString);
};
