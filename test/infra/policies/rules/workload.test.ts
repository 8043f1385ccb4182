import { containerRules } from "../../../../infra/policies/rules/containers.ts";
import { namespaceRules, podRules } from "../../../../infra/policies/rules/workload.ts";
import { proveRules } from "./support.ts";

const deployment = "kubernetes:apps/v1:Deployment";
const digest = `@sha256:${"a".repeat(64)}`;
const registry = "123456789012.dkr.ecr.us-east-1.amazonaws.com/api";
const pod = (spec: object, metadata: object = {}) => ({
  type: deployment,
  inputs: { metadata: { namespace: "bulwark", ...metadata }, spec: { template: { spec } } },
});
/** A pod with one container, and settings of the pod itself. */
const one = (container: object, more: object = {}) =>
  pod({ ...more, containers: [{ name: "api", ...container }] });
const secure = (securityContext: object, ofPod: object = {}) =>
  one({ securityContext }, { securityContext: ofPod });
const probe = { httpGet: { path: "/health", port: 3000 } };
const resources = { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "1", memory: "1Gi" } };

proveRules("containers", containerRules, {
  "pod-probed": {
    passes: [one({ livenessProbe: probe, readinessProbe: probe })],
    fails: [one({}), one({ livenessProbe: probe })],
  },
  "pod-bounded": {
    passes: [one({ resources })],
    fails: [one({}), one({ resources: { ...resources, limits: { cpu: "1" } } })],
  },
  "pod-image-by-digest": {
    passes: [one({ image: `${registry}${digest}` })],
    fails: [one({ image: `${registry}:latest` }), one({ image: `${registry}:1.0@sha256:abc` }), one({})],
  },
  "pod-own-registry": {
    passes: [one({ image: `${registry}${digest}` })],
    fails: [
      one({ image: `docker.io/library/node${digest}` }),
      one({ image: `evil.example.com/${registry}${digest}` }),
    ],
  },
  "pod-unprivileged": {
    passes: [secure({ allowPrivilegeEscalation: false })],
    fails: [secure({}), secure({ privileged: true, allowPrivilegeEscalation: false })],
  },
  "pod-read-only": { passes: [secure({ readOnlyRootFilesystem: true })], fails: [secure({})] },
  "pod-not-root": {
    passes: [secure({}, { runAsNonRoot: true }), secure({ runAsNonRoot: true, runAsUser: 1001 })],
    fails: [
      secure({}),
      secure({ runAsNonRoot: false }, { runAsNonRoot: true }),
      secure({ runAsUser: 0 }, { runAsNonRoot: true }),
    ],
  },
  "pod-high-user-id": {
    passes: [secure({}, { runAsUser: 10_001 })],
    fails: [secure({}), secure({ runAsUser: 1001 }, { runAsUser: 10_001 })],
  },
  "pod-no-capabilities": {
    passes: [secure({ capabilities: { drop: ["ALL"] } })],
    fails: [
      secure({}),
      secure({ capabilities: { drop: ["NET_RAW"] } }),
      secure({ capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } }),
    ],
  },
  "pod-seccomp": {
    passes: [secure({}, { seccompProfile: { type: "RuntimeDefault" } })],
    fails: [
      secure({}),
      secure({ seccompProfile: { type: "Unconfined" } }, { seccompProfile: { type: "RuntimeDefault" } }),
    ],
  },
  "pod-no-secret-variables": {
    passes: [
      one({
        env: [
          { name: "A", value: "b" },
          { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        ],
      }),
    ],
    fails: [
      one({ env: [{ name: "A", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }] }),
      one({ env: [{ name: "A", value: "[secret]" }] }),
      one({ envFrom: [{ secretRef: { name: "s" } }] }),
      pod({ initContainers: [{ name: "init", envFrom: [{ secretRef: { name: "s" } }] }], containers: [] }),
    ],
  },
});

proveRules("pods", podRules, {
  "pod-own-world": {
    passes: [pod({ hostNetwork: false, volumes: [{ name: "tmp", emptyDir: {} }] })],
    fails: [
      pod({ hostPID: true }),
      pod({ hostNetwork: true }),
      pod({ volumes: [{ name: "a", hostPath: { path: "/" } }] }),
    ],
  },
  "pod-own-account": {
    passes: [pod({ serviceAccountName: "api", automountServiceAccountToken: false })],
    fails: [
      pod({ automountServiceAccountToken: false }),
      pod({ serviceAccountName: "default", automountServiceAccountToken: false }),
      pod({ serviceAccountName: "api" }),
    ],
  },
});

const networkPolicy = (spec: object, namespace = "bulwark") => ({
  type: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  inputs: { metadata: { namespace }, spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ...spec } },
});

proveRules("namespaces", namespaceRules, {
  "own-namespace": {
    passes: [pod({})],
    fails: [pod({}, { namespace: "default" }), { type: deployment, inputs: {} }],
  },
  "namespace-restricted": {
    passes: [{ metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } } }],
    fails: [{}, { metadata: { labels: { "pod-security.kubernetes.io/enforce": "baseline" } } }],
  },
  "pod-network-policy": {
    passes: [{ ...pod({}), beside: [networkPolicy({})] }],
    fails: [
      pod({}),
      { ...pod({}), beside: [networkPolicy({}, "other")] },
      { ...pod({}), beside: [networkPolicy({ policyTypes: ["Ingress"] })] },
      { ...pod({}), beside: [networkPolicy({ egress: [{}] })] },
      { ...pod({}), beside: [networkPolicy({ podSelector: { matchLabels: { a: "b" } } })] },
    ],
  },
});
