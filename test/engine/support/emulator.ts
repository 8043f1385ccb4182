import { readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../../scripts/local/servers/index.ts";
import { clearStale, startServer } from "../../../scripts/local/servers/process.ts";
import { ensurePythonTools } from "../../../scripts/local/servers/python-tools.ts";
import { tail } from "../../../scripts/local/servers/run.ts";
import { eventually } from "../../support/eventually.ts";

export interface Emulator {
  url: string;
  stop(): Promise<void>;
}

const startDeadlineMs = 60_000;

/** Starts the AWS emulator on a free port of 127.0.0.1. @param dir folder for its log */
export async function startEmulator(dir: string): Promise<Emulator> {
  const programs = await ensurePythonTools(join(import.meta.dirname, "emulator.txt"));
  const port = await freePort();
  const [logFile, pidFile] = [join(dir, "emulator.log"), join(dir, "emulator.pid")];
  await clearStale(pidFile, "ministack", "The AWS emulator");
  const settings = {
    // By itself it listens on every interface.
    BIND_HOST: "127.0.0.1",
    GATEWAY_PORT: String(port),
    IOT_MTLS_ENABLED: "0",
  };
  const variables = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const server = await startServer({
    command: "env",
    args: [...variables, join(programs, "ministack")],
    logFile,
    pidFile,
    cwd: dir,
  });
  const url = `http://127.0.0.1:${port}`;
  const log = () => tail(readFileSync(logFile, "utf8"));
  try {
    await eventually(async () => {
      if (server.endedAs() !== undefined) return;
      await fetch(url);
    }, startDeadlineMs);
    if (server.endedAs() !== undefined) throw new Error(`it ended (${server.endedAs()})`);
  } catch (cause) {
    await server.stop();
    throw new Error(`The AWS emulator did not start. The end of its log:\n${log()}`, { cause });
  }
  return { url, stop: () => server.stop() };
}
