import * as z from "zod";
import { json, jsonError, jsonOf } from "../calls.ts";
import type { Supplement } from "../proxy.ts";

const put = z.object({ LoggingConfiguration: z.looseObject({ ResourceArn: z.string() }) });
const named = z.object({ ResourceArn: z.string() });

/** Where WAF writes its log: the emulator does not know of it. */
export function webAclLogging(): Supplement {
  const byAcl = new Map<string, unknown>();
  return {
    calls: /^wafv2 (Put|Get|Delete)LoggingConfiguration$/,
    answer: async (call) => {
      if (call.action.startsWith("Put")) {
        const { LoggingConfiguration } = put.parse(jsonOf(call));
        byAcl.set(LoggingConfiguration.ResourceArn, LoggingConfiguration);
        return json({ LoggingConfiguration });
      }
      const { ResourceArn } = named.parse(jsonOf(call));
      const LoggingConfiguration = byAcl.get(ResourceArn);
      if (LoggingConfiguration === undefined)
        return jsonError("WAFNonexistentItemException", `${ResourceArn} has no logging configuration.`);
      if (call.action.startsWith("Get")) return json({ LoggingConfiguration });
      byAcl.delete(ResourceArn);
      return json({});
    },
  };
}
