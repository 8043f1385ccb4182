import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { ProcessRecord } from "./state.ts";

/**
 * When a process started, as the system says it (a text to compare, not a time); undefined when there is no such process.
 * It distinguishes a recorded process from a later one with the same number.
 */
export const startedAt = (pid: number): string | undefined => {
  try {
    if (process.platform === "linux") return linuxStart(readFileSync(`/proc/${pid}/stat`, "utf8"));
    const text = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
    return text === "" ? undefined : text;
  } catch {
    return undefined;
  }
};

/** Field 22 of /proc/<pid>/stat; the name before it is in brackets and may hold spaces. A zombie has ended already. */
const linuxStart = (stat: string): string | undefined => {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? undefined : fields[19];
};

/** Whether the recorded process is still the one that runs under its number. */
export const stillRuns = ({ pid, started }: ProcessRecord): boolean => {
  const now = startedAt(pid);
  return now !== undefined && (started === undefined || now === started);
};
