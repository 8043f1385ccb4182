import * as z from "zod";
import { cluster, workload } from "./sections/cluster.ts";
import { backup, cache, database, rotation, secrets } from "./sections/data.ts";
import { edge, network } from "./sections/network.ts";
import { alarms, audit, schedule } from "./sections/operation.ts";
import { text } from "./sections/values.ts";

/**
 * Everything that differs between environments. One key of `Pulumi.<stack>.yaml` per section (`bulwark:network`, …);
 * an unknown key anywhere is an error. Each key says its unit and its default, which is the figure of the requirements; a key
 * without a default must be given. `meta.example` is what an error message proposes.
 */
export const environmentSchema = z.strictObject({
  /**
   * How strict the checks are: `production` demands all that production must have. No component reads it.
   * No default.
   */
  tier: z.enum(["sandbox", "staging", "production"]),
  /** Tags on every AWS resource, beyond `bulwark:environment` and `bulwark:managed-by`. Default: none. */
  tags: z.record(z.string().min(1).max(128), text.pipe(z.string().max(256))).default({}),
  network,
  database,
  cache,
  backup,
  secrets,
  rotation,
  cluster,
  workload,
  edge,
  schedule: schedule.optional(),
  alarms,
  audit,
});

export type Environment = z.output<typeof environmentSchema>;
