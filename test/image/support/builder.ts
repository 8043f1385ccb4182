import { cpSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";
import { unpackDebian } from "../../../scripts/local/servers/debian.ts";
import { run, tail, which } from "../../../scripts/local/servers/run.ts";

/** What is read of an image's configuration (in Docker's format: OCI's has no health check). */
const inspected = z.object({
  Docker: z.object({
    config: z.object({
      User: z.string(),
      Env: z.array(z.string()),
      Cmd: z.array(z.string()),
      WorkingDir: z.string(),
      Healthcheck: z.object({ Test: z.array(z.string()) }),
    }),
  }),
});
export type ImageConfig = z.infer<typeof inspected>["Docker"]["config"];

/** An image, unpacked. */
export interface BuiltImage {
  config: ImageConfig;
  root: string;
  /** The same to run containers from, which leave mount points in it. */
  run: string;
  /** Root of the base under it. */
  base: string;
}

/** Debian's packages of a base: what Node needs, and what a build needs besides. */
const forNode = ["base-files", "libc6", "libgcc-s1", "libstdc++6"];
const forShell = [
  ...["dash", "coreutils", "libacl1", "libattr1", "libgmp10", "libpcre2-8-0", "libselinux1", "libssl3"],
];

/** Why no image can be built and run here; empty if it can. */
export const obstacles = (): string[] => [
  ...["buildah", "runc", "apt-get"].filter((name) => !which(name)).map((name) => `${name} is not on PATH`),
  ...(process.getuid?.() === 0
    ? []
    : ["it takes root: a container of its own user would need the machine's leave"]),
];

/**
 * Builds app/Dockerfile by buildah, which needs no daemon, and on bases made here, which need no registry of images: Debian's
 * packages, this Node, and for the build this npm and this machine's way to the packages.
 * @param folder for everything; the caller removes it
 */
export class Builder {
  readonly #storage: string[];
  readonly #folder: string;
  readonly #root = join(import.meta.dirname, "../../..");

  constructor(folder: string) {
    this.#folder = folder;
    const [root, runRoot] = [join(folder, "storage"), join(folder, "run")];
    // Its images are plain folders: nothing is mounted that a broken run could leave behind.
    this.#storage = ["--root", root, "--runroot", runRoot, "--storage-driver", "vfs"];
  }

  async build(): Promise<BuiltImage> {
    await this.#base("runtime", "nodejs/bin", forNode);
    await this.#base("build", "usr/bin", [...forNode, ...forShell], addNpm);
    const bases = ["build", "runtime"].flatMap((name) => [
      "--build-arg",
      `${name.toUpperCase()}_IMAGE=localhost/${name}`,
    ]);
    const cache = `${await npmSetting("cache")}:/root/.npm`;
    const options = ["--isolation", "chroot", "--format", "docker", "--volume", cache, ...bases];
    await this.#buildah("build", ...options, "--tag", "api", "--file", "app/Dockerfile", ".");
    const config = inspected.parse(JSON.parse(await this.#buildah("inspect", "--type", "image", "api")))
      .Docker.config;
    const [root, run] = [await this.#unpacked("api"), await this.#unpacked("api")];
    return { config, root, run, base: await this.#unpacked("localhost/runtime") };
  }

  /** An image of Debian's packages and Node, the latter in `bin`. */
  async #base(
    name: string,
    bin: string,
    packages: string[],
    add?: (folder: string) => Promise<void>,
  ): Promise<void> {
    const [folder, work] = [join(this.#folder, name), join(this.#folder, `${name}-packages`)];
    mkdirSync(work);
    const problem = await unpackDebian(packages, folder, work);
    if (problem !== undefined) throw new Error(problem);
    mkdirSync(join(folder, bin), { recursive: true });
    cpSync(process.execPath, join(folder, bin, "node"));
    await add?.(folder);
    const file = join(this.#folder, `${name}.Dockerfile`);
    writeFileSync(file, "FROM scratch\nCOPY . /\nENV PATH=/usr/bin:/bin\n");
    await this.#buildah("build", "--tag", `localhost/${name}`, "--file", file, folder);
  }

  async #unpacked(image: string): Promise<string> {
    return await this.#buildah("mount", await this.#buildah("from", "--pull-never", image));
  }

  async #buildah(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await run("buildah", [...this.#storage, ...args], { cwd: this.#root });
    if (code !== 0) throw new Error(`buildah ${args[0]} failed:\n${tail(stdout + stderr, 30)}`);
    return stdout.trim();
  }
}

/** This npm, told where this machine's gets its packages. */
const addNpm = async (folder: string): Promise<void> => {
  const { npm_execpath: cli, NODE_EXTRA_CA_CERTS: authorities } = process.env;
  const found = cli?.endsWith("npm-cli.js") ? cli : which("npm");
  if (!found) throw new Error("npm is not on PATH: it comes with Node (Debian: apt-get install npm).");
  const npm = join(folder, "usr/lib/npm");
  cpSync(dirname(dirname(realpathSync(found))), npm, { recursive: true });
  writeFileSync(join(folder, "usr/bin/npm"), '#!/bin/sh\nexec node /usr/lib/npm/bin/npm-cli.js "$@"\n', {
    mode: 0o755,
  });
  if (authorities) cpSync(authorities, join(npm, "ca.pem"));
  const trust = authorities ? "cafile=/usr/lib/npm/ca.pem\n" : "";
  writeFileSync(
    join(npm, "npmrc"),
    `registry=${await npmSetting("registry")}\nprefer-offline=true\n${trust}`,
  );
};

const npmSetting = async (key: string): Promise<string> =>
  (await run("npm", ["config", "get", key])).stdout.trim();
