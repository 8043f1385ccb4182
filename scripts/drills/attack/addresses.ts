import { paths, ports } from "../../../app/contract/endpoints.ts";
import { giveOrder, replicas } from "../../local/sandbox/control.ts";
import { runningSandbox } from "../../local/sandbox/running.ts";
import { sandboxEndpoint } from "../load/endpoint.ts";
import { type Address, exchange, request, withKey } from "./exchange.ts";
import { patienceMs } from "./judge.ts";

/** A process of the API: its own address, and the URL of its management listener. */
export interface Replica {
  name: string;
  api: Address;
  management: string;
}
export interface ApiAddresses {
  balancer: Address;
  replicas: Replica[];
  apiKey: string;
}

/** The running sandbox: its balancer on `localhost`, its replicas in 127.0.0.0/8. @throws CommandError when none runs */
export const sandboxAddresses = async (stateDir: string): Promise<ApiAddresses> => {
  const { url, ca, credentials } = sandboxEndpoint(stateDir);
  const { hostname: host, port } = new URL(url);
  const said: string[] = [];
  await giveOrder(runningSandbox(stateDir).home.controlSocket, { command: "replicas" }, (line) =>
    said.push(line),
  );
  const { from, replicas: all } = replicas.parse(JSON.parse(said.join("")));
  return {
    apiKey: credentials.apiKey,
    balancer: { host, port: Number(port), ca },
    replicas: all.map(({ name, ip }) => ({
      name,
      api: { host: ip, port: ports.http, from },
      management: `http://${ip}:${ports.management}`,
    })),
  };
};

interface Asking {
  apiKey?: string;
  /** The status that is expected. */
  status?: number;
  body?: unknown;
}

/** The JSON that a path answers. @throws Error when it is not the status that was expected */
export const ask = async (
  address: Address,
  path: string,
  { apiKey, status = 200, body }: Asking = {},
): Promise<unknown> => {
  const sent = body === undefined ? { path } : { method: "POST", path, body: JSON.stringify(body) };
  const bytes = request(sent);
  const keyed = apiKey === undefined ? bytes : withKey(bytes, apiKey);
  const answer = await exchange(address, { bytes: keyed }, patienceMs);
  if (answer.status !== status) throw new Error(`${path} is answered with ${answer.status || "nothing"}`);
  return JSON.parse(answer.body);
};

/** A life of a replica: when its process started, seconds since 1970, and the memory that it has, MiB. */
export interface Life {
  started: number;
  memoryMib: number;
}

export const lifeOf = async ({ management }: Replica): Promise<Life> => {
  const text = await (await fetch(`${management}${paths.metrics}`)).text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)`, "m").exec(text)?.[1]);
  return {
    started: value("process_start_time_seconds"),
    memoryMib: value("process_resident_memory_bytes") / 2 ** 20,
  };
};
