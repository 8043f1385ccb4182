import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { BuiltImage } from "./builder.ts";

export interface ContainerOptions {
  image: BuiltImage;
  /** Made by it; the caller removes it. */
  folder: string;
  /** Instead of the image's command. */
  command?: string[];
  environment?: Record<string, string | undefined>;
  /** Files of the machine that it can read, by their path in the container. */
  files?: Record<string, string>;
}

/** A container by runc, as hard as the stack's pods are: no way to write, no capability, no new privileges, 512 MiB. */
export class Container {
  readonly #state: string[];
  readonly #id: string;
  readonly #process: ReturnType<typeof spawn>;
  readonly #config: BuiltImage["config"];
  /** The exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  output = "";

  constructor(options: ContainerOptions) {
    const { folder } = options;
    mkdirSync(folder);
    this.#id = `${basename(dirname(folder))}-${basename(folder)}`;
    this.#state = ["--root", join(folder, "state")];
    this.#config = options.image.config;
    writeFileSync(join(folder, "config.json"), JSON.stringify(specification(options)));
    this.#process = spawn("runc", [...this.#state, "run", "--bundle", folder, this.#id], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    this.ended = once(this.#process, "close").then(([code]) => code as number | null);
  }

  /** What Docker runs for its health check, with what it printed. */
  health(): { code: number | null; output: string } {
    const [kind, ...command] = this.#config.Healthcheck.Test;
    if (kind !== "CMD") throw new Error(`a health check by ${kind} needs a shell`);
    return this.exec(command);
  }

  /** Runs a command in it to its end. */
  exec(command: string[]): { code: number | null; output: string } {
    const { status, stdout, stderr } = this.#runc("exec", this.#id, ...command);
    return { code: status, output: stdout + stderr };
  }

  signal(name: "TERM" | "KILL"): void {
    this.#runc("kill", this.#id, name);
  }

  /** Ends it if it still runs. */
  async stop(): Promise<void> {
    this.signal("KILL");
    await this.ended;
    this.#runc("delete", "--force", this.#id);
  }

  #runc(...args: string[]) {
    return spawnSync("runc", [...this.#state, ...args], { encoding: "utf8" });
  }
}

/** https://github.com/opencontainers/runtime-spec/blob/main/config.md, with the network of this machine. */
const specification = ({ image, command, environment = {}, files = {} }: ContainerOptions) => {
  const [uid = 0, gid = 0] = image.config.User.split(":").map(Number);
  const env = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  return {
    ociVersion: "1.0.2",
    process: {
      user: { uid, gid },
      args: command ?? image.config.Cmd,
      env: [...image.config.Env, ...env],
      cwd: image.config.WorkingDir,
      capabilities: { bounding: [], effective: [], permitted: [], inheritable: [], ambient: [] },
      noNewPrivileges: true,
    },
    root: { path: image.run, readonly: true },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "noexec", "mode=755"] },
      ...Object.entries(files).map(([destination, source]) => ({
        destination,
        source,
        options: ["bind", "ro"],
      })),
    ],
    linux: {
      namespaces: ["pid", "ipc", "uts", "mount"].map((type) => ({ type })),
      resources: { memory: { limit: 512 * 1024 * 1024 }, pids: { limit: 64 } },
    },
  };
};
