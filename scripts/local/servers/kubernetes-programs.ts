import { createHash } from "node:crypto";
import { chmodSync, existsSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { progress } from "../../cli/progress.ts";
import { findGo, unavailable } from "./needs.mjs";
import { toolsDir } from "./paths.ts";
import { run, tail, which } from "./run.ts";
import { temporaryFolder } from "./temporary.ts";

/** The programs of a control plane, by path, and the version of Kubernetes. */
export interface KubernetesPrograms {
  version: string;
  etcd: string;
  apiServer: string;
  controllerManager: string;
  scheduler: string;
}

/** The Go module that names the versions of everything, and pins them by checksum. */
const moduleFolder = join(import.meta.dirname, "kubernetes");
const kubernetesPackages = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"].map(
  (program) => `k8s.io/kubernetes/cmd/${program}`,
);
const etcdPackage = "go.etcd.io/etcd/server/v3";
/** Without optimisation: they run for a minute, and so take a third of the time to compile. */
const compilerFlags = ["-gcflags=all=-N -l", "-trimpath", "-buildvcs=false", "-mod=readonly"];

/**
 * Kubernetes' control plane and etcd, compiled once from their Go modules and kept under .tools by version.
 * Throws one error that lists the ways to get what is missing.
 * @param cache where the compiled ones are kept
 */
export const ensureKubernetes = async (cache: string = toolsDir): Promise<KubernetesPrograms> => {
  const version = kubernetesVersion();
  const kept = join(cache, `kubernetes-${version}-${fingerprint()}`);
  if (existsSync(kept)) return programsIn(kept, version);
  const go = findGo();
  if (!go)
    throw new Error(
      unavailable("go", ["Kubernetes is compiled with it: go is neither on PATH nor in /usr/local/go"]),
    );
  const problem = await progress.step(
    `compiling Kubernetes ${version} and etcd (about four minutes, once)`,
    () => compile(go, version, kept),
  );
  if (problem !== undefined) throw new Error(notCompiled(problem));
  return programsIn(kept, version);
};

/** The version of Kubernetes that the tests run, `1.36.3`: from go.mod, the one place that has it. */
const kubernetesVersion = (): string => {
  const text = readFileSync(join(moduleFolder, "go.mod"), "utf8");
  const [, version] = /^\s*(?:require )?k8s\.io\/kubernetes v(\S+)/m.exec(text) ?? [];
  if (version === undefined) throw new Error(`${moduleFolder}/go.mod names no version of k8s.io/kubernetes.`);
  return version;
};

/** Other modules or other flags make other programs. */
const fingerprint = (): string => {
  const hash = createHash("sha256").update(`${compilerFlags.join(" ")} ${process.platform} ${process.arch}`);
  for (const file of ["go.mod", "go.sum"]) hash.update(readFileSync(join(moduleFolder, file)));
  return hash.digest("hex").slice(0, 8);
};

const programsIn = (folder: string, version: string): KubernetesPrograms => ({
  version,
  etcd: join(folder, "etcd"),
  apiServer: join(folder, "kube-apiserver"),
  controllerManager: join(folder, "kube-controller-manager"),
  scheduler: join(folder, "kube-scheduler"),
});

/** Compiles everything beside `target` and puts it in place atomically; returns what went wrong, if anything did. */
const compile = async (go: string, version: string, target: string): Promise<string | undefined> => {
  const { path: work, remove } = temporaryFolder("kubernetes", dirname(target));
  try {
    for (const packages of [kubernetesPackages, [etcdPackage]]) {
      // A folder takes each program under its package's name; etcd's would be called "server".
      const output = packages[0] === etcdPackage ? join(work, "etcd") : `${work}/`;
      const built = await build(go, ["-ldflags", linkerFlags(version), "-o", output, ...packages]);
      if (built !== undefined) return built;
    }
    // Servers have an account of their own where we are root.
    chmodSync(work, 0o755);
    if (!existsSync(target)) renameSync(work, target);
    return undefined;
  } finally {
    remove();
  }
};

/** Other work on the machine goes first: where there is `nice`, the compiler takes what is left. */
const build = async (go: string, args: readonly string[]): Promise<string | undefined> => {
  const polite = which("nice") === undefined ? [] : ["nice", "-n", "19"];
  const [command = go, ...rest] = [...polite, go, "build", ...compilerFlags, ...args];
  const { code, stdout, stderr } = await run(command, rest, {
    cwd: moduleFolder,
    // GOGC: memory for time. GOTOOLCHAIN: an older Go fetches the one that go.mod asks for. GOFLAGS: nobody else's.
    env: { ...process.env, GOGC: "800", GOTOOLCHAIN: "auto", GOFLAGS: "", CGO_ENABLED: "0" },
  });
  return code === 0 ? undefined : `Go could not compile it:\n${tail(stdout + stderr, 8)}`;
};

/** Stripped, and told the version that a release is told: without one the API server calls itself v0.0.0. */
const linkerFlags = (version: string): string => {
  const [major, minor] = version.split(".");
  const values = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor };
  const settings = Object.entries(values).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
  );
  return ["-s", "-w", ...settings].join(" ");
};

const notCompiled = (reason: string): string =>
  [
    "No Kubernetes control plane to be had on this machine.",
    `  - ${reason}`,
    "It is compiled from the Go modules in scripts/local/servers/kubernetes/go.mod (etcd too).",
    "Go fetches the modules by GOPROXY: behind a firewall, set it to a proxy that can be reached.",
  ].join("\n");
