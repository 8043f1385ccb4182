import { join } from "node:path";
import { buildImage } from "../../app/build.ts";
import { ensureMysql, ensureRedis, freePort, localCertificates, requirePort } from "../servers/index.ts";
import { Cluster } from "./cluster.ts";
import type { LambdaFunction } from "./lambda.ts";
import type { Loopback } from "./loopback.ts";
import { type Ports, resetCommand, type SandboxOptions } from "./options.ts";
import type { Sandbox } from "./sandbox.ts";
import { StandinKeeper } from "./standin.ts";
import { standinHooks } from "./standin-hooks.ts";
import type { Parts } from "./stop.ts";

/** The account in every ARN: the plan's and the stand-in's. */
const accountId = "123456789012";
/** The one that Pulumi.sandbox.yaml names as the origin of the browsers' pages. */
const standardHttpsPort = 8443;

/** What the sandbox itself needs before the program can be run. */
export const prepare = async (
  parts: Parts,
  loopback: Loopback,
  ports: Ports,
  options: SandboxOptions,
  region: string,
): Promise<Sandbox> => {
  const { console, home, state, processes } = parts;
  const certificates = await localCertificates(home.certificates);
  const sandboxOf = (): Sandbox | undefined => parts.sandbox;
  const [standin] = await Promise.all([
    console.step("AWS stand-in", async () => {
      parts.standin = await StandinKeeper.start({
        port: ports.aws,
        stateFile: join(home.aws, "state.json"),
        region,
        accountId,
        processes,
        logFile: join(home.logs, "aws-standin.log"),
        console,
        hooks: standinHooks(sandboxOf, console),
      });
      return parts.standin;
    }),
    console.step("programs of the API's image", () => buildImage(home.image)),
    ensureMysql(),
    ensureRedis(),
  ]);
  const outside = () => ({ awsEndpoint: standin.url, caFile: certificates.caFile });
  const { logs, image: imageDir } = home;
  const stopping = new AbortController();
  const cluster = new Cluster({
    processes,
    loopback,
    console,
    imageDir,
    logs,
    outside,
    signal: stopping.signal,
  });
  const functions = new Map<string, LambdaFunction>();
  const shared = {
    home,
    ports,
    console,
    state,
    processes,
    loopback,
    certificates,
    cluster,
    standin,
    functions,
    outside,
  };
  return { ...shared, stopping, servers: [], resetCommand: resetCommand(options) };
};

/** Port 0 means any free one; a port that was asked for must be free. */
export const freePorts = async (wanted: Ports): Promise<Ports> => {
  const names = { https: "HTTPS", http: "HTTP", mysql: "MySQL", redis: "Redis", aws: "the AWS stand-in" };
  const ports = { ...wanted };
  for (const name of ["https", "http", "mysql", "redis", "aws"] as const) {
    if (ports[name] === 0) ports[name] = await freePort();
    else
      await requirePort(ports[name], names[name], `choose another one: npm run sandbox -- --${name}-port N`);
  }
  return ports;
};

/** What stands for the network in the configuration: the VPC is this machine's loopback network, the door this port. */
export const configuration = ({ loopback, ports }: Sandbox): Record<string, unknown> => ({
  "bulwark:network.cidr": loopback.cidr,
  ...(ports.https === standardHttpsPort
    ? {}
    : { "bulwark:workload.corsOrigins": [`https://localhost:${ports.https}`] }),
});
