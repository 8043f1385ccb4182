import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { CommandError } from "../../cli/errors.ts";
import { tail } from "../servers/run.ts";
import type { Pod } from "./pod.ts";
import type { Container, DeploymentSpec } from "./pod-spec.ts";
import { endingText } from "./processes.ts";

/** A container that ends this often before it was ready once will not get better by waiting. */
const hopeless = 3;

/** The replicas of a Deployment. */
export class Deployment {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly container: Container;
  readonly pods = new Set<Pod>();
  readonly #spec: DeploymentSpec;
  readonly #makePod: (name: string) => Pod;
  #made = 0;
  readonly #waiting = new Set<() => void>();

  /** @param makePod makes a pod of the template under that name, not started yet */
  constructor(spec: DeploymentSpec, makePod: (name: string) => Pod) {
    this.#spec = spec;
    this.#makePod = makePod;
    this.name = spec.metadata.name;
    this.labels = spec.spec.template.metadata.labels;
    [this.container] = spec.spec.template.spec.containers;
  }

  /**
   * Starts all replicas and waits until they are ready. `minReadySeconds` is not waited for: it guards what runs already.
   * @throws CommandError when one does not become ready
   */
  async start(): Promise<void> {
    const pods = Array.from({ length: this.#spec.spec.replicas }, () => this.#add());
    await Promise.all(pods.map((pod) => this.#ready(pod)));
  }

  /** Replaces one pod as `kubectl delete pod` does: it leaves while its successor starts. Resolves when both are done. */
  async replace(pod: Pod): Promise<Pod> {
    const leaving = this.#remove(pod);
    const successor = this.#add();
    await Promise.all([leaving, this.#available(successor)]);
    return successor;
  }

  /** Replaces all pods, one more first and then one less (surge 1, unavailable 0). */
  async rollout(): Promise<void> {
    for (const pod of [...this.pods]) {
      await this.#available(this.#add());
      await this.#remove(pod);
    }
  }

  /** Ends all replicas, without waiting for the balancer: no more requests come. */
  async stop(): Promise<void> {
    await Promise.all([...this.pods].map((pod) => this.#remove(pod, true)));
  }

  /** A pod has changed: those who wait look again. */
  podChanged(): void {
    for (const look of this.#waiting) look();
  }

  #add(): Pod {
    this.#made += 1;
    const pod = this.#makePod(`${this.name}-${this.#made}`);
    this.pods.add(pod);
    pod.start();
    return pod;
  }

  async #remove(pod: Pod, hurry = false): Promise<void> {
    await pod.terminate(hurry);
    this.pods.delete(pod);
  }

  async #available(pod: Pod): Promise<void> {
    await this.#ready(pod);
    await delay(this.#spec.spec.minReadySeconds * 1000);
  }

  async #ready(pod: Pod): Promise<void> {
    const { progressDeadlineSeconds } = this.#spec.spec;
    const deadline = Date.now() + progressDeadlineSeconds * 1000;
    while (!pod.ready) {
      if (pod.phase === "gone" || pod.phase === "terminating")
        throw new CommandError(`${pod.facts.name} was stopped`);
      if (pod.restarts >= hopeless || Date.now() > deadline) throw notReady(pod, progressDeadlineSeconds);
      await this.#change(deadline - Date.now());
    }
  }

  async #change(atMostMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.max(1, Math.min(atMostMs, 2 ** 31 - 1)));
    this.#waiting.add(resolve);
    await promise;
    this.#waiting.delete(resolve);
    clearTimeout(timer);
  }
}

const notReady = (pod: Pod, deadlineSeconds: number): CommandError => {
  const log = pod.process?.logFile;
  const what =
    pod.restarts >= hopeless && pod.lastEnding
      ? `ended ${pod.restarts} times (${endingText(pod.lastEnding)}) and was never ready`
      : `was not ready after ${deadlineSeconds} s`;
  return new CommandError(
    `${pod.facts.name} ${what}.${log ? `\n  The end of its log (${log}):\n${tail(readFileSync(log, "utf8"))}` : ""}`,
  );
};
