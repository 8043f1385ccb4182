import * as z from "zod";
import { type Answer, json, jsonOf, succeeded, withBody } from "../calls.ts";
import type { Supplement } from "../proxy.ts";

const lock = z.object({
  MinRetentionDays: z.number().optional(),
  MaxRetentionDays: z.number().optional(),
  ChangeableForDays: z.number().optional(),
});

/**
 * Locks of backup vaults, which the emulator does not have: put, told with the vault, taken away.
 * https://docs.aws.amazon.com/aws-backup/latest/devguide/API_PutBackupVaultLockConfiguration.html
 */
export function vaultLocks(): Supplement {
  const byVault = new Map<string, z.output<typeof lock>>();

  const described = (answer: Answer, vault: string): Answer => {
    if (!succeeded(answer)) return answer;
    const { ChangeableForDays: days, ...retention } = byVault.get(vault) ?? {};
    const LockDate = days === undefined ? {} : { LockDate: Math.floor(Date.now() / 1000) + days * 86_400 };
    const told = { ...Object(jsonOf(answer)), Locked: byVault.has(vault), ...retention, ...LockDate };
    return withBody(answer, JSON.stringify(told));
  };

  return {
    calls:
      /^backup ((PUT|DELETE) \/backup-vaults\/[^/]+\/vault-lock|(GET|DELETE) \/backup-vaults\/[^/]+)\/?$/,
    answer: async (call, { emulator }) => {
      const [, , vault = "", part] = call.action.split("/");
      if (part !== "vault-lock") {
        const answer = await emulator(call);
        if (call.method === "GET") return described(answer, vault);
        if (succeeded(answer)) byVault.delete(vault);
        return answer;
      }
      if (call.method === "PUT") byVault.set(vault, lock.parse(jsonOf(call)));
      else byVault.delete(vault);
      return json({});
    },
  };
}
