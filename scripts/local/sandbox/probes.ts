import { type IncomingMessage, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../cli/errors.ts";
import type { Probe } from "./pod-spec.ts";

/** Where a probe asks. */
interface ProbeAddress {
  host: string;
  port: number;
}
interface ProbeResult {
  ok: boolean;
  reason: string;
}

/** Asks once, as the kubelet does: a new connection, success is 200 to 399 in time. */
const probeOnce = (probe: Probe, address: ProbeAddress): Promise<ProbeResult> =>
  new Promise((resolve) => {
    const { path, httpHeaders } = probe.httpGet;
    const headers = Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value]));
    const timeoutMs = Math.max(1, probe.timeoutSeconds) * 1000;
    const asked = request({
      ...address,
      path,
      agent: false,
      headers: { "user-agent": "kube-probe/1.36", connection: "close", accept: "*/*", ...headers },
      signal: AbortSignal.timeout(timeoutMs),
    });
    asked.once("error", (error) =>
      resolve({
        ok: false,
        reason: error.name === "AbortError" ? `no answer in ${timeoutMs / 1000} s` : messageOf(error),
      }),
    );
    asked.once("response", (response: IncomingMessage) => {
      const status = response.statusCode ?? 0;
      // The time can run out, or the server end, in the middle of the unused body.
      response.on("error", () => undefined).resume();
      resolve({ ok: status >= 200 && status < 400, reason: `status ${status}` });
    });
    asked.end();
  });

export interface Watch {
  probe: Probe;
  address: ProbeAddress;
  /** What counts before there are enough answers: alive, not ready, and (undefined) not known whether started. */
  initially: boolean | undefined;
  /** Called each time the state turns, with the last answer. True ends the watch. */
  turned(ok: boolean, result: ProbeResult): boolean | undefined;
}

/**
 * Probes a container from its start until `signal` aborts: after the initial delay, every period; the state turns after as
 * many equal answers in a row as the threshold says.
 */
export const watchProbe = async (watch: Watch, signal: AbortSignal): Promise<void> => {
  const { probe, address } = watch;
  let state: boolean | undefined;
  let run = { ok: false, length: 0 };
  try {
    await delay(probe.initialDelaySeconds * 1000, undefined, { signal });
    for (;;) {
      const began = Date.now();
      const result = await probeOnce(probe, address);
      if (signal.aborted) return;
      run = { ok: result.ok, length: run.ok === result.ok ? run.length + 1 : 1 };
      const threshold = result.ok ? probe.successThreshold : probe.failureThreshold;
      if (run.length >= Math.max(1, threshold) && result.ok !== (state ?? watch.initially)) {
        state = result.ok;
        if (watch.turned(result.ok, result)) return;
      }
      await delay(Math.max(0, Math.max(1, probe.periodSeconds) * 1000 - (Date.now() - began)), undefined, {
        signal,
      });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};
