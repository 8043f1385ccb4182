import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where a control plane keeps its files and listens. */
export interface ControlPlaneSettings {
  folder: string;
  /** TCP ports on 127.0.0.1. */
  ports: { etcd: number; etcdPeers: number; api: number };
  tls: { ca: string; cert: string; key: string };
  /** Of the user who may do everything: the tests, and the controllers'. */
  token: string;
}

const issuer = "https://kubernetes.default.svc";
const file = ({ folder }: ControlPlaneSettings, name: string): string => join(folder, name);
const flags = (settings: Record<string, string>): string[] =>
  Object.entries(settings).map(([name, value]) => `--${name}=${value}`);

/** The controllers that carry a workload. What looks after nodes and clouds has nothing to look after here. */
const controllers = [
  "deployment",
  "replicaset",
  "job",
  "horizontal-pod-autoscaler",
  "resourcequota",
  "disruption",
  "serviceaccount",
  "namespace",
  "garbage-collector",
  // Pulumi's Kubernetes provider waits for a Service's Endpoints: https://github.com/pulumi/pulumi-kubernetes/blob/master/provider/pkg/await/service.go
  "endpoints",
  "endpointslice",
  "root-ca-certificate-publisher",
  "validatingadmissionpolicy-status",
].map((name) => `${name}-controller`);

/** Writes what the programs read: certificates, the key of ServiceAccounts' tokens, who may come in, and how they get in. */
export function writeControlPlaneFiles(settings: ControlPlaneSettings): void {
  const keep = (name: string, text: string) => writeFileSync(file(settings, name), text, { mode: 0o600 });
  keep("ca.pem", settings.tls.ca);
  keep("server.pem", settings.tls.cert);
  keep("server-key.pem", settings.tls.key);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  keep("tokens.pem", privateKey.export({ type: "sec1", format: "pem" }).toString());
  keep("users.csv", `${settings.token},admin,admin,"system:masters"\n`);
  keep("kubeconfig.json", JSON.stringify(kubeconfig(settings)));
}

/** The database of the API server: it may lose everything, so it waits for no disk. */
export const etcdArguments = (settings: ControlPlaneSettings): string[] => {
  const [clients, peers] = [settings.ports.etcd, settings.ports.etcdPeers].map(
    (port) => `http://127.0.0.1:${port}`,
  );
  return [
    ...flags({
      "data-dir": file(settings, "etcd"),
      "listen-client-urls": clients ?? "",
      "advertise-client-urls": clients ?? "",
      "listen-peer-urls": peers ?? "",
      "initial-advertise-peer-urls": peers ?? "",
      "initial-cluster": `default=${peers}`,
      "log-level": "warn",
    }),
    "--unsafe-no-fsync",
  ];
};

/** As EKS runs it where that matters: RBAC, the default admission plug-ins, no anonymous requests. */
export const apiServerArguments = (settings: ControlPlaneSettings): string[] =>
  flags({
    "etcd-servers": `http://127.0.0.1:${settings.ports.etcd}`,
    "bind-address": "127.0.0.1",
    "advertise-address": "127.0.0.1",
    "secure-port": String(settings.ports.api),
    "endpoint-reconciler-type": "none",
    "tls-cert-file": file(settings, "server.pem"),
    "tls-private-key-file": file(settings, "server-key.pem"),
    "service-account-issuer": issuer,
    "service-account-key-file": file(settings, "tokens.pem"),
    "service-account-signing-key-file": file(settings, "tokens.pem"),
    "service-cluster-ip-range": "172.20.0.0/16",
    "authorization-mode": "Node,RBAC",
    "token-auth-file": file(settings, "users.csv"),
    "anonymous-auth": "false",
    "enable-admission-plugins": "NodeRestriction",
    // So that a privileged pod is refused by the policies under test, not by a switch that EKS has on.
    "allow-privileged": "true",
    profiling: "false",
  });

/** The autoscaler looks every second, and believes a pod's first measure: tests wait for it. */
export const controllerManagerArguments = (settings: ControlPlaneSettings): string[] =>
  flags({
    ...client(settings),
    controllers: controllers.join(","),
    // Each controller under a name and with rights of its own, as on EKS.
    "use-service-account-credentials": "true",
    "root-ca-file": file(settings, "ca.pem"),
    "service-account-private-key-file": file(settings, "tokens.pem"),
    "horizontal-pod-autoscaler-sync-period": "1s",
    "horizontal-pod-autoscaler-initial-readiness-delay": "0s",
    "horizontal-pod-autoscaler-cpu-initialization-period": "0s",
    "kube-api-content-type": "application/json",
    "resource-quota-sync-period": "10s",
  });

export const schedulerArguments = (settings: ControlPlaneSettings): string[] => flags(client(settings));

/** What both have in common: one of each, and no port of their own. */
const client = (settings: ControlPlaneSettings) => ({
  kubeconfig: file(settings, "kubeconfig.json"),
  "leader-elect": "false",
  "secure-port": "0",
  // A whole rollout in seconds: the usual 20 requests a second would be what takes the time.
  "kube-api-qps": "500",
  "kube-api-burst": "1000",
});

const kubeconfig = (settings: ControlPlaneSettings) => ({
  apiVersion: "v1",
  kind: "Config",
  clusters: [
    {
      name: "test",
      cluster: {
        server: `https://127.0.0.1:${settings.ports.api}`,
        "certificate-authority": file(settings, "ca.pem"),
      },
    },
  ],
  users: [{ name: "admin", user: { token: settings.token } }],
  contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
  "current-context": "test",
});
