import type { Console } from "../../cli/progress.ts";
import type { Standin } from "../aws-standin/index.ts";
import type { Certificates, MysqlServer, RedisServer } from "../servers/index.ts";
import type { Balancer } from "./balancer.ts";
import type { Cluster } from "./cluster.ts";
import type { Outside } from "./environment.ts";
import type { SandboxHome } from "./home.ts";
import type { LambdaFunction } from "./lambda.ts";
import type { Loopback } from "./loopback.ts";
import type { Ports } from "./port-numbers.ts";
import type { Processes } from "./processes.ts";
import type { KeptServer, LocalServer } from "./servers.ts";
import type { StateFile } from "./state.ts";

/** What a running sandbox consists of. Provisioners find it here, and add to it. */
export interface Sandbox {
  /** Name of the environment. */
  readonly stack: string;
  readonly home: SandboxHome;
  readonly ports: Ports;
  readonly console: Console;
  readonly state: StateFile;
  readonly processes: Processes;
  readonly loopback: Loopback;
  readonly certificates: Certificates;
  readonly cluster: Cluster;
  readonly standin: Standin;
  /** Lambda functions by ARN. */
  readonly functions: Map<string, LambdaFunction>;
  /** ARNs of the functions whose policy lets Secrets Manager invoke them. */
  readonly rotationFunctions: Set<string>;
  /** What a person types to delete its data. */
  readonly resetCommand: string;
  outside(): Outside;
  /** Aborted when the sandbox stops: ends Jobs that are under way. */
  readonly stopping: AbortController;
  /** Every server that was begun to be started: to be stopped also when the start breaks off in the middle. */
  readonly servers: Promise<KeptServer<LocalServer>>[];
  mysql?: KeptServer<MysqlServer>;
  redis?: KeptServer<RedisServer>;
  balancer?: Balancer;
}
