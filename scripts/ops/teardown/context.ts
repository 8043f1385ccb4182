import type { StackEnvironment } from "../../../infra/config/load.ts";
import type { Console } from "../../cli/progress.ts";
import type { Engine } from "../pulumi/engine.ts";
import type { Account } from "./account.ts";
import type { Clients } from "./clients.ts";
import type { Names } from "./names.ts";
import type { Surroundings } from "./surroundings.ts";

/** What every step of a teardown works with. */
export interface Context {
  environment: StackEnvironment;
  names: Names;
  engine: Engine;
  account: Account;
  /** In the environment's region. */
  clients: Clients;
  /** In any region. */
  clientsIn(region: string): Clients;
  /** Whether snapshots that outlive the database are kept. */
  keepSnapshots: boolean;
  console: Console;
  to: Surroundings;
}
