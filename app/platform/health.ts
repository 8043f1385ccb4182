import type { Cache } from "./cache.ts";
import type { Database } from "./database/database.ts";
import { withDeadline } from "./resilience.ts";

interface Check {
  status: "up" | "down";
  latencyMs: number;
  /** The kind of error, without its text, which can name hosts and users. */
  error?: string;
}

export interface Health {
  /** Able to serve. */
  ready: boolean;
  /** "degraded": serving, without something it can do without. */
  status: "ready" | "degraded" | "starting" | "stopping" | "unavailable";
  checks: { database: Check; cache: Check };
}

/** Longest wait for one dependency (A17). */
const checkTimeoutMs = 5_000;
/** An answer serves everyone who asks within this time: probes are open to all, and must not become a load. */
const checkedForMs = 500;

/** Knows whether this process can serve: asked by the probes and by /status. */
export class HealthMonitor {
  readonly #database: Database;
  readonly #cache: Cache;
  #phase: "starting" | "serving" | "stopping" = "starting";
  #last: Promise<Health["checks"]> | undefined;
  #lastAt = 0;

  constructor(database: Database, cache: Cache) {
    this.#database = database;
    this.#cache = cache;
  }

  get started(): boolean {
    return this.#phase !== "starting";
  }

  get stopping(): boolean {
    return this.#phase === "stopping";
  }

  /** First connections have been tried: from here on readiness decides. */
  start(): void {
    if (this.#phase === "starting") this.#phase = "serving";
  }

  /** From here on the process is not ready, whatever its dependencies say. */
  stop(): void {
    this.#phase = "stopping";
  }

  /**
   * Without the database the API serves nothing. Without the cache it serves everything, with limits per process: a failed cache
   * must not take every replica out of service at once, so the answer is "degraded" but ready.
   */
  async check(): Promise<Health> {
    const checks = await this.#checks();
    if (this.#phase !== "serving") return { ready: false, status: this.#phase, checks };
    if (checks.database.status === "down") return { ready: false, status: "unavailable", checks };
    return { ready: true, status: checks.cache.status === "up" ? "ready" : "degraded", checks };
  }

  #checks(): Promise<Health["checks"]> {
    if (this.#last === undefined || Date.now() - this.#lastAt > checkedForMs) {
      this.#lastAt = Date.now();
      this.#last = Promise.all([timed(() => this.#database.ping()), timed(() => this.#cache.ping())]).then(
        ([database, cache]) => ({ database, cache }),
      );
    }
    return this.#last;
  }
}

async function timed(ping: () => Promise<void>): Promise<Check> {
  const started = performance.now();
  const latency = () => Math.round((performance.now() - started) * 100) / 100;
  try {
    await withDeadline(ping(), checkTimeoutMs, () => new Error("TIMEOUT"));
    return { status: "up", latencyMs: latency() };
  } catch (error) {
    return { status: "down", latencyMs: latency(), error: kindOf(error) };
  }
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if (error.message === "TIMEOUT") return "timeout";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
