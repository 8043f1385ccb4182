import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { buildImage } from "../../../app/build.ts";
import { readIfThere, stateOf } from "../../../infra/lib/kept-build.ts";
import {
  dataTemplate,
  ensureMysql,
  ensureRedis,
  localCertificates,
  repositoryRoot,
} from "../servers/index.ts";
import { Cluster } from "./cluster.ts";
import type { LambdaFunction } from "./lambda.ts";
import type { Loopback } from "./loopback.ts";
import { resetCommand, type SandboxOptions } from "./options.ts";
import { type Ports, standardPorts } from "./port-numbers.ts";
import type { Sandbox } from "./sandbox.ts";
import { startSandboxStandin } from "./standin.ts";
import type { PartialSandbox } from "./stop.ts";

/** The account in every ARN: the plan's and the stand-in's. */
const accountId = "123456789012";

/** What of a stack's configuration the sandbox itself needs to know. */
export interface Stack {
  name: string;
  region: string;
  domain?: string;
}

const edge = z.object({ domain: z.string().optional() });

/** @param config as the engine hands it to a program: structured values as JSON */
export const stackOf = (name: string, config: Readonly<Record<string, string>>): Stack => ({
  name,
  region: config["aws:region"] ?? "us-east-1",
  domain: edge.parse(JSON.parse(config["bulwark:edge"] ?? "{}")).domain,
});

/** The programs of the image in a folder: built where the sources or the libraries are others than at the last start. */
const imageIn = async (folder: string): Promise<void> => {
  const { digest } = stateOf(repositoryRoot, ["app/**/*.*", "*.json"]);
  const builtFrom = join(folder, "sources.sha256");
  if (digest !== undefined && readIfThere(builtFrom) === digest) return;
  rmSync(builtFrom, { force: true });
  await buildImage(folder);
  if (digest !== undefined) writeFileSync(builtFrom, digest);
};

/** What the sandbox itself needs before the program can be run. */
export const prepare = async (
  partial: PartialSandbox,
  loopback: Loopback,
  ports: Ports,
  options: SandboxOptions,
  { region, domain }: Stack,
): Promise<Sandbox> => {
  const { console, home, state, processes } = partial;
  // First, and by itself: what is fetched tells how far it is.
  await Promise.all([ensureMysql().then(dataTemplate), ensureRedis()]);
  const certificates = await localCertificates(home.certificates, domain ? [domain] : []);
  const imageBuilt = console.step("programs of the API's image", () => imageIn(home.image));
  // The first pod waits for it and hears of its failure; the stack's data tier does not need it.
  imageBuilt.catch(() => undefined);
  partial.standin = console.step("AWS stand-in", () =>
    startSandboxStandin({
      port: ports.aws,
      stateFile: join(home.aws, "state.json"),
      region,
      accountId,
      console,
      resetCommand: resetCommand(options),
      host: () => partial.sandbox,
    }),
  );
  const standin = await partial.standin;
  const outside = () => ({ awsEndpoint: standin.url, caFile: certificates.caFile });
  const stopping = new AbortController();
  const cluster = new Cluster({
    processes,
    loopback,
    console,
    imageDir: home.image,
    imageBuilt,
    logs: home.logs,
    outside,
    signal: stopping.signal,
  });
  return {
    stack: options.stack,
    home,
    ports,
    console,
    state,
    processes,
    loopback,
    certificates,
    cluster,
    standin,
    functions: new Map<string, LambdaFunction>(),
    rotationFunctions: new Set<string>(),
    outside,
    stopping,
    servers: [],
    resetCommand: resetCommand(options),
  };
};

/**
 * What stands for the network in the configuration: the VPC is this machine's loopback network, and browsers' pages come
 * from the HTTPS port (Pulumi.sandbox.yaml names the standard one).
 */
export const configuration = ({ loopback, ports }: Sandbox): Record<string, unknown> => ({
  "bulwark:network.cidr": loopback.cidr,
  ...(ports.https === standardPorts.https
    ? {}
    : { "bulwark:workload.corsOrigins": [`https://localhost:${ports.https}`] }),
});
