import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../cli/errors.ts";
import type { PodFacts } from "./environment.ts";
import { type Container, type Probe, portNumber } from "./pod-spec.ts";
import { type Watch, watchProbe } from "./probes.ts";
import { type Ending, endingText, type RunningProcess } from "./processes.ts";

/** When a container that ends is started again: at once the first time, then after 10 s, 20 s, 40 s … (the kubelet's figures). */
export interface RestartPolicy {
  initialMs: number;
  maximumMs: number;
  forgivenAfterMs: number;
}
const kubeletRestarts: RestartPolicy = {
  initialMs: 10_000,
  maximumMs: 300_000,
  forgivenAfterMs: 600_000,
};

/** What a shell answers for a command that is not there. */
const notStarted: Ending = { code: 127, signal: null };

export interface PodOptions {
  facts: PodFacts;
  container: Container;
  terminationGraceSeconds: number;
  restarts?: RestartPolicy;
  /** Starts the container's process once more. */
  launch(): Promise<RunningProcess>;
  /** Called when readiness, the process or the restarts change, with what a person should read about it, if anything. */
  changed(event?: string): void;
}

export type PodPhase = "starting" | "running" | "waiting to restart" | "terminating" | "gone";

/** A replica: one process, kept alive and probed as the kubelet does it. */
export class Pod {
  readonly facts: PodFacts;
  phase: PodPhase = "starting";
  ready = false;
  restarts = 0;
  process: RunningProcess | undefined;
  lastEnding: Ending | undefined;
  /** Resolves when it is gone and its address is free. */
  readonly gone: Promise<void>;
  readonly #options: PodOptions;
  readonly #leave = new AbortController();
  readonly #left = Promise.withResolvers<void>();
  readonly #hurried = new AbortController();

  constructor(options: PodOptions) {
    this.#options = options;
    this.facts = options.facts;
    this.gone = this.#left.promise;
  }

  /** Runs until it gets the signal to terminate. */
  start(): void {
    void this.#keepRunning().then(this.#left.resolve);
  }

  /**
   * Leaves as a deleted pod does: out of the balancing at once, then the preStop hook, SIGTERM, and SIGKILL at the end of
   * the grace period. `hurry` leaves the hook out, for when nobody sends requests any more.
   */
  async terminate(hurry = false): Promise<void> {
    if (this.phase === "gone") return;
    if (hurry) this.#hurried.abort();
    this.phase = "terminating";
    this.#setReady(false);
    this.#leave.abort();
    await this.gone;
  }

  async #keepRunning(): Promise<void> {
    const policy = this.#options.restarts ?? kubeletRestarts;
    let pauseMs = 0;
    while (!this.#leave.signal.aborted) {
      const began = Date.now();
      this.lastEnding = await this.#runOnce();
      if (this.#leave.signal.aborted) break;
      if (Date.now() - began >= policy.forgivenAfterMs) pauseMs = 0;
      this.restarts += 1;
      this.phase = "waiting to restart";
      const when = pauseMs === 0 ? "now" : `in ${pauseMs / 1000} s`;
      this.#options.changed(
        `${this.facts.name} ended with ${endingText(this.lastEnding)}, restarting ${when}`,
      );
      await delay(pauseMs, undefined, { signal: this.#leave.signal }).catch(() => undefined);
      pauseMs = Math.min(policy.maximumMs, pauseMs === 0 ? policy.initialMs : pauseMs * 2);
    }
    this.phase = "gone";
    this.#options.changed();
  }

  /** One life of the container. */
  async #runOnce(): Promise<Ending> {
    const container = await this.#options.launch().catch((error: unknown) => messageOf(error));
    if (typeof container === "string") {
      this.#options.changed(`${this.facts.name} cannot be started: ${container}`);
      return notStarted;
    }
    this.process = container;
    if (!this.#leave.signal.aborted) this.phase = "running";
    const life = new AbortController();
    const onLeave = () => void this.#stopContainer(container);
    if (this.#leave.signal.aborted) onLeave();
    else this.#leave.signal.addEventListener("abort", onLeave, { once: true });
    this.#watch(container, life.signal);
    this.#options.changed();
    const ending = await container.ended;
    life.abort();
    this.#leave.signal.removeEventListener("abort", onLeave);
    this.#setReady(false);
    return ending;
  }

  #watch(container: RunningProcess, signal: AbortSignal): void {
    const { startupProbe } = this.#options.container;
    if (!startupProbe) {
      this.#watchStarted(container, signal);
      return;
    }
    this.#follow(startupProbe, undefined, signal, (ok, { reason }) => {
      if (ok) this.#watchStarted(container, signal);
      else this.#kill(container, `did not start (${reason})`);
      return true;
    });
  }

  /** Liveness and readiness begin when the container has started. */
  #watchStarted(container: RunningProcess, signal: AbortSignal): void {
    const { livenessProbe, readinessProbe } = this.#options.container;
    if (livenessProbe) {
      this.#follow(livenessProbe, true, signal, (_ok, { reason }) => {
        this.#kill(container, `is no longer alive (${reason})`);
        return true;
      });
    }
    if (!readinessProbe) {
      this.#setReady(true);
      return;
    }
    this.#follow(readinessProbe, false, signal, (ok, { reason }) => {
      this.#setReady(
        ok,
        ok ? undefined : `${this.facts.name} is not ready (${reason}): no requests go to it`,
      );
    });
  }

  #follow(probe: Probe, initially: boolean | undefined, signal: AbortSignal, turned: Watch["turned"]): void {
    const target = { host: this.facts.ip, port: portNumber(this.#options.container, probe.httpGet.port) };
    void watchProbe({ probe, address: target, initially, turned }, signal);
  }

  #kill(container: RunningProcess, why: string): void {
    this.#setReady(false, `${this.facts.name} ${why}: it is stopped and started again`);
    void this.#stopContainer(container);
  }

  /** The grace period runs while the preStop hook does. */
  async #stopContainer(container: RunningProcess): Promise<void> {
    const hookSeconds = this.#options.container.lifecycle.preStop?.sleep.seconds ?? 0;
    const graceMs = Math.max(1, this.#options.terminationGraceSeconds) * 1000;
    const began = Date.now();
    const over = new AbortController();
    void container.ended.then(() => over.abort());
    const signal = AbortSignal.any([this.#hurried.signal, over.signal]);
    await delay(Math.min(hookSeconds * 1000, graceMs), undefined, { signal }).catch(() => undefined);
    await container.stop(Math.max(0, graceMs - (Date.now() - began)));
  }

  #setReady(ready: boolean, event?: string): void {
    const turned = this.ready !== ready && !(ready && this.#leave.signal.aborted);
    if (turned) this.ready = ready;
    if (turned || event) this.#options.changed(event);
  }
}
