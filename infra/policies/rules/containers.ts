import { podTypes, securityOf, servingTypes, wrongContainers } from "../pods.ts";
import { type Properties, valueAt } from "../resource.ts";
import type { Rule } from "../types.ts";

type Wrong = (container: Properties, pod: Properties) => boolean;

/** A rule that each container of a pod has to keep. */
const container = (
  rule: Omit<Rule, "types" | "check">,
  problem: string,
  isWrong: Wrong,
  types = podTypes,
): Rule => ({
  ...rule,
  types,
  check: (workload) => {
    const names = wrongContainers(workload, isWrong);
    return names.length === 0 ? undefined : `has a container that ${problem}: ${names.join(", ")}`;
  },
});

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const capability =
  (which: "add" | "drop"): ((given: Properties) => string[]) =>
  (given) =>
    list(valueAt(given, `securityContext.capabilities.${which}`)).map(String);
const added = capability("add");
const dropped = capability("drop");
const digest = /@sha256:[0-9a-f]{64}$/;
const ownRegistry = /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\//;
/** Lowest user id that no ordinary user of a node has. */
const highUserId = 10_000;

/** What each container may do. */
export const containerRules: readonly Rule[] = [
  container(
    {
      id: "pod-probed",
      title: "Containers say whether they live and whether they are ready",
      severity: "medium",
      controls: ["CKV_K8S_8", "CKV_K8S_9"],
      fix: "Set livenessProbe and readinessProbe.",
    },
    "says nothing about itself",
    (given) => !given.livenessProbe || !given.readinessProbe,
    servingTypes,
  ),
  container(
    {
      id: "pod-bounded",
      title: "Containers say how much processor and memory they need, and get no more than a bound",
      severity: "medium",
      controls: ["CKV_K8S_10", "CKV_K8S_11", "CKV_K8S_12", "CKV_K8S_13"],
      fix: "Set resources.requests and resources.limits, cpu and memory each.",
    },
    "has no bounds",
    (given) =>
      ["requests.cpu", "requests.memory", "limits.cpu", "limits.memory"].some(
        (path) => valueAt(given, `resources.${path}`) === undefined,
      ),
  ),
  container(
    {
      id: "pod-image-by-digest",
      title: "Images are named by digest, so every node runs what was tested",
      severity: "high",
      controls: ["CKV_K8S_14", "CKV_K8S_15", "CKV_K8S_43"],
      fix: "Set workload.imageDigest to the digest that the release pipeline printed.",
    },
    "names its image by a tag",
    (given) => !digest.test(text(given, "image")),
  ),
  container(
    {
      id: "pod-own-registry",
      title: "Images come from the account's own registry",
      severity: "medium",
      controls: ["CIS-EKS 5.1.4"],
      fix: "Push the image to the environment's repository and name it from there.",
    },
    "pulls from a registry that is not ours",
    (given) => !ownRegistry.test(text(given, "image")),
  ),
  container(
    {
      id: "pod-unprivileged",
      title: "Containers are not privileged and cannot become so",
      severity: "critical",
      controls: ["CIS-EKS 4.2.1", "CIS-EKS 4.2.5", "CKV_K8S_16", "CKV_K8S_20"],
      fix: "Set securityContext: { privileged: false, allowPrivilegeEscalation: false }.",
    },
    "is privileged or can become so",
    (given) =>
      valueAt(given, "securityContext.privileged") === true ||
      valueAt(given, "securityContext.allowPrivilegeEscalation") !== false,
  ),
  container(
    {
      id: "pod-read-only",
      title: "Containers cannot write to their own image",
      severity: "medium",
      controls: ["CKV_K8S_22"],
      fix: "Set securityContext.readOnlyRootFilesystem: true, and an emptyDir where files are written.",
    },
    "can write to its image",
    (given) => valueAt(given, "securityContext.readOnlyRootFilesystem") !== true,
  ),
  container(
    {
      id: "pod-not-root",
      title: "Containers do not run as root",
      severity: "high",
      controls: ["CKV_K8S_23", "CKV_K8S_29", "CKV_K8S_30"],
      fix: "Set securityContext: { runAsNonRoot: true, runAsUser } for the pod.",
    },
    "may run as root",
    (given, pod) =>
      securityOf("runAsNonRoot")(given, pod) !== true || securityOf("runAsUser")(given, pod) === 0,
  ),
  container(
    {
      id: "pod-high-user-id",
      title: "Containers run as a user that no node has",
      severity: "low",
      controls: ["CKV_K8S_40"],
      fix: `Set securityContext.runAsUser to ${highUserId} or more, in the image too.`,
    },
    "runs as a user that a node may have",
    (given, pod) => Number(securityOf("runAsUser")(given, pod) ?? 0) < highUserId,
  ),
  container(
    {
      id: "pod-no-capabilities",
      title: "Containers have none of root's capabilities",
      severity: "high",
      controls: ["CKV_K8S_25", "CKV_K8S_28", "CKV_K8S_37"],
      fix: 'Set securityContext.capabilities: { drop: ["ALL"] }, and add none.',
    },
    "keeps capabilities",
    (given) => !dropped(given).includes("ALL") || added(given).length > 0,
  ),
  container(
    {
      id: "pod-seccomp",
      title: "Containers make only the system calls that containers usually make",
      severity: "medium",
      controls: ["CKV_K8S_31"],
      fix: 'Set securityContext.seccompProfile: { type: "RuntimeDefault" } for the pod.',
    },
    "may make any system call",
    (given, pod) =>
      !["RuntimeDefault", "Localhost"].includes(String(securityOf("seccompProfile.type")(given, pod))),
  ),
  container(
    {
      id: "pod-no-secret-variables",
      title: "Containers have no secrets in their variables: the API reads them itself",
      severity: "high",
      controls: ["CIS-EKS 4.4.1", "CIS-EKS 4.4.2", "CKV_K8S_35"],
      fix: "Pass the secret's ARN, and let the process read it from Secrets Manager.",
    },
    "has secrets in its variables",
    (given) =>
      list(given.envFrom).some((source) => JSON.stringify(source).includes("secretRef")) ||
      list(given.env).some((variable) => /"secretKeyRef"|\[secret\]/.test(JSON.stringify(variable))),
  ),
];

const text = (given: Properties, key: string): string => String(valueAt(given, key) ?? "");
