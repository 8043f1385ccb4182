import { temporaryFolder } from "../../../scripts/local/servers/index.ts";
import { type LocalAws, startAws } from "./aws.ts";
import { type LocalCluster, startCluster } from "./cluster.ts";
import { EngineProject } from "./project.ts";
import { ownSettings, providerConfig } from "./provider-config.ts";
import { loadBalancers, Questions } from "./questions.ts";

/** AWS, Kubernetes and the project of an environment in the engine test. */
export interface EngineFixture {
  stack: string;
  aws: LocalAws;
  cluster: LocalCluster;
  questions: Questions;
  project: EngineProject;
  stop(): Promise<void>;
}

/** The ports that the program gives database and cache. */
const ports = { mysql: 33306, redis: 6379 };

/** Starts AWS and Kubernetes as far as they are needed, and sets up a project that is configured for them. */
export async function startEngineFixture(stack: string): Promise<EngineFixture> {
  const domain = `api.${stack}.bulwark-e2e.net`;
  const folder = temporaryFolder("engine");
  const stops: (() => Promise<unknown>)[] = [async () => folder.remove()];
  const stop = async () => {
    for (const one of stops.toReversed()) await one();
  };
  try {
    const aws = await startAws(folder.path, ports);
    stops.push(() => aws.stop());
    const questions = new Questions(aws.proxy.url);
    const hostedZoneId = await questions.makeHostedZone(domain);
    const balancers = loadBalancers(questions, `bulwark-${stack}-cluster`);
    const cluster = await startCluster(folder.path, balancers);
    stops.push(() => cluster.stop());
    const project = new EngineProject({
      dir: folder.path,
      stack,
      config: { ...providerConfig(aws.proxy.url), ...ownSettings(hostedZoneId, domain) },
      env: aws.env,
    });
    await project.initialise();
    await project.command("config", "set", "--secret", "kubernetes:kubeconfig", cluster.kubeconfig);
    return { stack, aws, cluster, questions, project, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
