import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { CommandError } from "../../cli/errors.ts";
import type { Console } from "../../cli/progress.ts";
import { Deployment } from "./deployment.ts";
import { containerEnvironment, type Outside, outsideEnvironment, type PodFacts } from "./environment.ts";
import { runJob } from "./job.ts";
import type { Loopback } from "./loopback.ts";
import { Pod } from "./pod.ts";
import {
  type Container,
  type DeploymentSpec,
  type IngressSpec,
  type JobSpec,
  type PodTemplate,
  portNumber,
  type ServiceSpec,
} from "./pod-spec.ts";
import type { Processes, RunningProcess } from "./processes.ts";
import { type Backend, type Routes, routesOf, targetPort } from "./routes.ts";
import type { Target } from "./target-group.ts";

export interface ClusterOptions {
  processes: Processes;
  loopback: Loopback;
  console: Console;
  /** Folder with what the image holds in /app, and the promise that it does. */
  imageDir: string;
  imageBuilt: Promise<unknown>;
  logs: string;
  outside(): Outside;
  /** Ends Jobs that are under way. */
  signal: AbortSignal;
}

/** Where the image's programs lie, and where its containers start (the Dockerfile's WORKDIR). */
const imageRoot = "/app";

/** What a Kubernetes cluster does for the stack: runs its Jobs and Deployments, and knows which pods stand behind a Service. */
export class Cluster {
  readonly deployments = new Map<string, Deployment>();
  routes: Routes | undefined;
  readonly #services = new Map<string, ServiceSpec>();
  readonly #options: ClusterOptions;

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  async runJob(spec: JobSpec): Promise<void> {
    const { name, namespace } = spec.metadata;
    const { template } = spec.spec;
    const [container] = template.spec.containers;
    const ip = this.#options.loopback.takePodAddress();
    const launch = (attempt: number) => {
      const pod = `${name}-${attempt}`;
      return this.#launch(container, this.#facts(pod, namespace, ip, template), name);
    };
    const again = (failure: string, pauseMs: number) =>
      this.#options.console.warn(
        `The Job ${name} ${failure}; next attempt in ${pauseMs / 1000} s. Its log: ${this.#logFile(name)}`,
      );
    try {
      await runJob(spec, { launch, again, signal: this.#options.signal });
    } finally {
      this.#options.loopback.release(ip);
    }
  }

  /** Starts a Deployment's replicas; resolves when all are ready. */
  async deploy(spec: DeploymentSpec): Promise<void> {
    const deployment: Deployment = new Deployment(spec, (name) =>
      this.#makePod(name, spec, () => deployment.podChanged()),
    );
    this.deployments.set(deployment.name, deployment);
    await deployment.start();
  }

  addService(spec: ServiceSpec): void {
    this.#services.set(spec.metadata.name, spec);
  }

  addIngress(spec: IngressSpec): void {
    this.routes = routesOf(spec);
  }

  /** The ready pods behind a port of a Service. */
  endpoints({ service: name, port }: Backend): Target[] {
    const service = this.#services.get(name);
    const target = service && targetPort(service, port);
    if (!service || target === undefined) return [];
    const selected = Object.entries(service.spec.selector);
    return [...this.deployments.values()]
      .filter(({ labels }) => selected.every(([key, value]) => labels[key] === value))
      .flatMap(({ pods, container }) =>
        [...pods]
          .filter(({ ready }) => ready)
          .map(({ facts }) => ({ host: facts.ip, port: portNumber(container, target) })),
      );
  }

  pods(): Pod[] {
    return [...this.deployments.values()].flatMap(({ pods }) => [...pods]);
  }

  /** Replaces one pod. @throws CommandError that lists the pods when there is none of that name */
  async restartPod(name: string): Promise<string> {
    for (const deployment of this.deployments.values()) {
      const pod = [...deployment.pods].find(({ facts }) => facts.name === name);
      if (pod) return (await deployment.replace(pod)).facts.name;
    }
    const known = this.pods().map(({ facts }) => facts.name);
    throw new CommandError(`there is no pod "${name}". Pods: ${known.join(", ") || "none"}.`);
  }

  async rollout(): Promise<void> {
    for (const deployment of this.deployments.values()) await deployment.rollout();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.deployments.values()].map((deployment) => deployment.stop()));
  }

  #makePod(name: string, spec: DeploymentSpec, changed: () => void): Pod {
    const { loopback, console } = this.#options;
    const { template } = spec.spec;
    const [container] = template.spec.containers;
    const ip = loopback.takePodAddress();
    const facts = this.#facts(name, spec.metadata.namespace, ip, template);
    const pod = new Pod({
      facts,
      container,
      terminationGraceSeconds: template.spec.terminationGracePeriodSeconds,
      launch: () => this.#launch(container, facts, name),
      changed: (event) => {
        if (event) console.warn(event);
        changed();
      },
    });
    void pod.gone.then(() => loopback.release(ip));
    return pod;
  }

  #facts(name: string, namespace: string, ip: string, template: PodTemplate): PodFacts {
    const { labels, annotations } = template.metadata;
    const { serviceAccountName: serviceAccount } = template.spec;
    return { name, namespace, uid: randomUUID(), ip, node: "sandbox", serviceAccount, labels, annotations };
  }

  async #launch(container: Container, facts: PodFacts, logName: string): Promise<RunningProcess> {
    await this.#options.imageBuilt;
    const [command, ...args] = [...container.command, ...container.args];
    if (command === undefined) {
      throw new CommandError(
        `container "${container.name}" names no command; the sandbox has no image to take one from`,
      );
    }
    const { processes, imageDir, outside } = this.#options;
    return await processes.start({
      name: facts.name,
      command,
      args,
      env: {
        ...containerEnvironment(container, facts),
        ...outsideEnvironment(outside(), `pod.${facts.name}`, imageDir),
      },
      cwd: this.#directory(container),
      logFile: this.#logFile(logName),
    });
  }

  #directory({ workingDir = imageRoot, name }: Container): string {
    if (workingDir !== imageRoot && !workingDir.startsWith(`${imageRoot}/`)) {
      throw new CommandError(`container "${name}" starts in ${workingDir}; the image has only ${imageRoot}`);
    }
    return join(this.#options.imageDir, workingDir.slice(imageRoot.length));
  }

  #logFile(name: string): string {
    return join(this.#options.logs, `${name}.log`);
  }
}
