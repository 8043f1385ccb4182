import * as z from "zod";
import {
  type RotatedPurpose,
  type RotationStrategy,
  rotatedPurposes,
  secretCatalogue,
} from "../../../app/contract/secrets.ts";
import { asFailure, Failure } from "../shared/failure.ts";
import type { Log } from "../shared/log.ts";
import type { Rotated } from "./rotation-service.ts";

/** What to rotate; the stack's Invocation may add members. */
const rotateAllEvent = z.object({
  /** Which secrets; all when absent. */
  secrets: z.array(z.enum(rotatedPurposes)).min(1).optional(),
  /** The stack's rotation generation. 1 is the first deployment, whose secrets are new already. */
  generation: z.number().int().min(1).optional(),
});

/**
 * What a rotation changes, in words. It omits names: this function starts rotations and has no right to read secrets. (`npm
 * run rotate` and the sandbox, where a person has, show them.)
 */
const changes: Record<RotationStrategy, string> = {
  "mysql-user": "the other of its two MySQL users, with a new password",
  "cache-user": "a new password of the Redis user, beside the one before",
  "signing-keys": "a further signing key; it signs once everybody has read it",
  "random-values": "new values; those before stay accepted",
};

/** What changed. No secret value is in it: it ends up in the stack's state. */
export interface RotateAllSummary {
  generation?: number;
  rotated: (Rotated & { secret: RotatedPurpose; change: string })[];
  /** Why nothing was rotated. */
  skipped?: string;
}

/**
 * Rotates the secrets one by one, never two at once. A failed one does not delay the others: its current version keeps
 * working.
 * @param rotate rotates one secret within a time. @param timeoutMs for all together.
 * @throws Failure that names what failed and what was rotated anyway.
 */
export const rotateAll = async (
  event: unknown,
  rotate: (purpose: RotatedPurpose, timeoutMs: number) => Promise<Rotated>,
  log: Log,
  timeoutMs: number,
): Promise<RotateAllSummary> => {
  const parsed = rotateAllEvent.safeParse(event ?? {});
  if (!parsed.success) {
    const members = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Failure("bad-event", `the event is wrong: ${members.join("; ")}`);
  }
  const { generation, secrets = rotatedPurposes } = parsed.data;
  if (generation === 1) return { generation, rotated: [], skipped: "generation 1 is the first deployment" };
  const rotated: RotateAllSummary["rotated"] = [];
  const failed: string[] = [];
  const deadline = Date.now() + timeoutMs;
  const purposes = rotatedPurposes.filter((one) => secrets.includes(one));
  for (const [index, purpose] of purposes.entries()) {
    try {
      // Each gets its share of the remaining time, so that one that hangs leaves time for the others.
      const share = (deadline - Date.now()) / (purposes.length - index);
      const done = await rotate(purpose, Math.max(0, share));
      rotated.push({ secret: purpose, change: changes[secretCatalogue[purpose].rotation.strategy], ...done });
      log.info("secret rotated", { purpose, token: done.to, milliseconds: done.seconds * 1_000 });
    } catch (error) {
      const { reason, message: detail } = asFailure(error);
      failed.push(`${purpose} (${reason}): ${detail}`);
      log.error("secret not rotated", { purpose, reason, detail });
    }
  }
  if (failed.length === 0) return { generation, rotated };
  const done = rotated.map(({ secret }) => secret).join(", ") || "none";
  throw new Failure("rotation-incomplete", `not rotated: ${failed.join("; ")}. Rotated: ${done}`);
};
