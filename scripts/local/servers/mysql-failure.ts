import { readFileSync } from "node:fs";
import { tail } from "./run.ts";

/** The error for a server that did not start: what happened, the end of its own log, what to type. */
export const mysqlFailure = (what: {
  log: string;
  home: string;
  port: number;
  resetCommand: string | undefined;
  cause: unknown;
}): Error => {
  const log = readFileSync(what.log, "utf8");
  const reason = what.cause instanceof Error ? what.cause.message : String(what.cause);
  const taken = /Can't start server: Bind on TCP\/IP port|Address already in use/.test(log);
  const fix = taken
    ? `Port ${what.port} was taken by another program at that moment: run it again, or choose another port.`
    : `If its data is broken, this removes it and starts afresh (the data is lost): ${what.resetCommand ?? `rm -rf '${what.home}'`}`;
  return new Error(
    `MySQL did not start on ${what.home}: ${reason}.\n  The end of its log (${what.log}):\n${tail(log)}\n  ${fix}`,
    { cause: what.cause },
  );
};
