import type { SecretPurpose } from "../../../app/contract/secrets.ts";

/** What a run found and did. No secret value is in it: it ends up in the stack's state. */
export interface BootstrapSummary {
  changed: boolean;
  /** Every change in words; empty on a second run. */
  changes: string[];
  /** Problems that this function cannot fix. */
  warnings: string[];
  /** Version id of every secret's current value, and whose credentials they are. */
  secrets: Partial<Record<SecretPurpose, { version: string; username?: string }>>;
}

export const emptySummary = (): BootstrapSummary => ({
  changed: false,
  changes: [],
  warnings: [],
  secrets: {},
});
