import { ElastiCacheClient } from "@aws-sdk/client-elasticache";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { MysqlServer, Session } from "../../../infra/functions/mysql/server.ts";
import type { CacheLogin } from "../../../infra/functions/redis/login.ts";
import type { Log } from "../../../infra/functions/shared/log.ts";
import { makeSecretStore, type SecretStore } from "../../../infra/functions/shared/secret-store.ts";
import type { TestStandin } from "../../support/index.ts";

/** Before: the call never happens. After: it happens, and its answer reaches nobody. */
export type Moment = "before" | "after";
/** One call to the outside: the first, second, … of its kind in a run. */
export interface Call {
  what: string;
  occurrence: number;
}

class Killed extends Error {}
const answerLost = (what: string): never => {
  throw new Killed(`killed after ${what}`);
};

/**
 * Kills a function at one of its calls to the outside, and keeps it dead for the rest of the invocation: what a crash, a timeout or
 * an out-of-memory kill of the Lambda looks like from outside. Deterministic: the same run makes the same calls.
 */
export const saboteur = () => {
  let calls: Call[] = [];
  /** How often each kind has come. */
  let times = new Map<string, number>();
  let plan: (Call & { moment: Moment }) | undefined;
  let dead = false;

  const guard = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
    if (dead) throw new Killed("the process is gone");
    const occurrence = (times.get(what) ?? 0) + 1;
    times.set(what, occurrence);
    calls.push({ what, occurrence });
    const hit = plan?.what === what && plan.occurrence === occurrence;
    if (hit && plan?.moment === "before") dead = true;
    if (dead) throw new Killed(`killed before ${what}`);
    try {
      return await work();
    } finally {
      if (hit) dead = true;
      if (dead) answerLost(what);
    }
  };
  const guardCall = <Result>(commandName: unknown, send: () => Promise<Result>): Promise<Result> =>
    guard(String(commandName).replace("Command", ""), send);
  const guardSession = (session: Session): Session => ({
    query: (sql, values) => guard(sql.split(" ").slice(0, 2).join(" "), () => session.query(sql, values)),
    end: () => session.end(),
  });

  return {
    /** The next run is killed there. */
    kill: (row: Call & { moment: Moment }): void => {
      [calls, times, plan] = [[], new Map(), row];
    },
    /** From now on nothing is killed. @returns whether the planned kill has happened. */
    heal: (): boolean => {
      const happened = dead;
      [plan, dead, calls, times] = [undefined, false, [], new Map()];
      return happened;
    },
    calls: (): readonly Call[] => calls,
    store: (aws: TestStandin, log: Log): SecretStore => {
      const client = new SecretsManagerClient({ ...aws.client, maxAttempts: 1 });
      client.middlewareStack.add(
        (next, { commandName }) =>
          (args) =>
            guardCall(commandName, () => next(args)),
        { step: "initialize" },
      );
      return makeSecretStore(client, log);
    },
    elastiCache: (aws: TestStandin): ElastiCacheClient => {
      const client = new ElastiCacheClient({ ...aws.client, maxAttempts: 1 });
      client.middlewareStack.add(
        (next, { commandName }) =>
          (args) =>
            guardCall(commandName, () => next(args)),
        { step: "initialize" },
      );
      return client;
    },
    mysql: (server: MysqlServer): MysqlServer => ({
      ...server,
      login: async (user, password) => {
        const session = await guard("login", () => server.login(user, password));
        return session === "refused" ? session : guardSession(session);
      },
    }),
    cacheLogin:
      (login: CacheLogin): CacheLogin =>
      (username, password) =>
        guard("AUTH", () => login(username, password)),
  };
};

/** Calls that change something; all others only look. */
const effect = /^(PutSecretValue|UpdateSecretVersionStage|ModifyUser|(CREATE|ALTER|GRANT|REVOKE|CALL)\b.*)$/;

/** Calls that are repeated until something is ready: how often differs from run to run. */
const polls = /^(DescribeUsers|AUTH)$/;

/**
 * The rows of a crash table: killed before every call that only looks, after every call that changes something, and before the
 * first such. (Before the next change, what is there is what was there after the last one.)
 */
export const crashTable = (calls: readonly Call[]) => {
  const first = calls.findIndex(({ what }) => effect.test(what));
  return calls
    .map((call, index) => ({ ...call, index, changes: effect.test(call.what) }))
    .filter(({ what, occurrence }) => occurrence === 1 || !polls.test(what))
    .flatMap(({ what, occurrence, index, changes }) => {
      const moments: Moment[] = !changes ? ["before"] : index === first ? ["before", "after"] : ["after"];
      return moments.map((moment) => ({ what, occurrence, moment, changes }));
    });
};
