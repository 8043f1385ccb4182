import { podOf, podTypes } from "../pods.ts";
import { type Properties, type Resource, valueAt } from "../resource.ts";
import type { Rule } from "../types.ts";
import { unless } from "../unless.ts";

const text = (given: Properties, key: string): string => String(valueAt(given, key) ?? "");

/** What a pod as a whole may do. */
export const podRules: readonly Rule[] = [
  {
    id: "pod-own-world",
    title: "Pods see nothing of their node: its processes, its network, its files",
    severity: "critical",
    controls: ["CIS-EKS 4.2.2", "CIS-EKS 4.2.3", "CIS-EKS 4.2.4"],
    types: podTypes,
    fix: "Leave out hostPID, hostIPC, hostNetwork and hostPath.",
    check: (workload) => {
      const pod = podOf(workload);
      const shared = ["hostPID", "hostIPC", "hostNetwork"].filter((key) => pod[key] === true);
      const mounted = JSON.stringify(pod.volumes ?? []).includes('"hostPath"') ? ["hostPath"] : [];
      return unless(
        shared.length + mounted.length === 0,
        `shares with its node: ${[...shared, ...mounted].join(", ")}`,
      );
    },
  },
  {
    id: "pod-own-account",
    title: "Pods have their own ServiceAccount, without its token",
    severity: "medium",
    controls: ["CIS-EKS 4.1.5", "CIS-EKS 4.1.6", "CIS-EKS 5.2.1", "CKV_K8S_38", "CKV_K8S_41", "CKV_K8S_42"],
    types: podTypes,
    fix: "Set serviceAccountName and automountServiceAccountToken: false.",
    check: (workload) => {
      const pod = podOf(workload);
      if (["", "default"].includes(text(pod, "serviceAccountName")))
        return "uses the namespace's default ServiceAccount";
      return unless(pod.automountServiceAccountToken === false, "gets a token for the Kubernetes API");
    },
  },
];

/** Namespaces, and what goes between pods. */
export const namespaceRules: readonly Rule[] = [
  {
    id: "own-namespace",
    title: "Nothing is put into the default namespace",
    severity: "low",
    controls: ["CIS-EKS 4.5.1", "CIS-EKS 4.5.2", "CKV_K8S_21"],
    types: podTypes,
    fix: "Set metadata.namespace.",
    check: (workload) =>
      unless(
        ![undefined, "default"].includes(workload.text("metadata.namespace")),
        "is in the default namespace",
      ),
  },
  {
    id: "namespace-restricted",
    title: "Namespaces refuse pods that are not `restricted`",
    severity: "high",
    controls: [],
    types: ["kubernetes:core/v1:Namespace"],
    fix: "Set the label pod-security.kubernetes.io/enforce: restricted.",
    check: (namespace) =>
      unless(
        namespace.map("metadata.labels")["pod-security.kubernetes.io/enforce"] === "restricted",
        "admits pods that are not restricted",
      ),
  },
  {
    id: "pod-network-policy",
    title: "What pods send and receive is written down; everything else is refused",
    severity: "high",
    controls: ["CIS-EKS 4.3.2", "CKV2_K8S_6"],
    types: podTypes,
    across: true,
    fix: "Add a NetworkPolicy to the namespace with an empty podSelector, both policyTypes and no rules.",
    check: (workload, graph) =>
      unless(
        graph
          .ofType("kubernetes:networking.k8s.io/v1:NetworkPolicy")
          .some((policy) => refusesAll(policy, workload)),
        "may talk with everybody",
      ),
  },
];

function refusesAll(policy: Resource, workload: Resource): boolean {
  return (
    policy.text("metadata.namespace") === workload.text("metadata.namespace") &&
    Object.keys(policy.map("spec.podSelector")).length === 0 &&
    ["Ingress", "Egress"].every((type) => policy.texts("spec.policyTypes").includes(type)) &&
    policy.list("spec.ingress").length + policy.list("spec.egress").length === 0
  );
}
