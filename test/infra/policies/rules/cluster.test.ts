import { clusterRules, endpointRules } from "../../../../infra/policies/rules/cluster.ts";
import { proveRules } from "./support.ts";

const logs = ["api", "audit", "authenticator", "controllerManager", "scheduler"];
const access = (authenticationMode: string, bootstrapClusterCreatorAdminPermissions: boolean) => ({
  accessConfig: { authenticationMode, bootstrapClusterCreatorAdminPermissions },
});
const settings = (value: string) => ({
  type: "kubernetes:core/v1:ConfigMap",
  inputs: { metadata: { name: "amazon-vpc-cni" }, data: { "enable-network-policy-controller": value } },
});
const role = (verbs: string[], resources: string[]) => ({
  type: "kubernetes:rbac.authorization.k8s.io/v1:Role",
  inputs: { rules: [{ apiGroups: [""], verbs, resources }] },
});
const binding = (inputs: Record<string, unknown>) => ({
  type: "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
  inputs,
});

proveRules("cluster", clusterRules, {
  "eks-supported": {
    passes: [{ version: "1.36" }, { version: "1.35" }, { version: "1.34" }],
    fails: [{}, { version: "1.31" }, { version: "1.33" }, { version: "1.40" }],
  },
  "eks-logged": {
    passes: [{ enabledClusterLogTypes: logs }],
    fails: [{}, { enabledClusterLogTypes: logs.slice(1) }],
  },
  "eks-addon-version": { passes: [{ addonVersion: "v6.2.0-eksbuild.1" }], fails: [{}] },
  "eks-access-by-entries": {
    passes: [access("API", false)],
    fails: [{}, access("API", true), access("API_AND_CONFIG_MAP", false)],
  },
  "eks-network-policies-enforced": {
    passes: [{ inputs: {}, beside: [settings("true")] }],
    fails: [{}, { inputs: {}, beside: [settings("false")] }],
  },
  "rbac-narrow": {
    passes: [role(["get"], ["configmaps"]), binding({ roleRef: { name: "view" } })],
    fails: [
      role(["*"], ["*"]),
      role(["get"], ["secrets"]),
      role(["create"], ["pods"]),
      role(["impersonate"], ["users"]),
      role(["*"], ["nodes/proxy"]),
    ],
  },
  "rbac-no-cluster-admin": {
    passes: [binding({ roleRef: { name: "view" }, subjects: [{ name: "readers" }] })],
    fails: [
      binding({ roleRef: { name: "cluster-admin" } }),
      binding({ roleRef: { name: "view" }, subjects: [{ name: "system:masters" }] }),
    ],
  },
});

const endpoint = (service: string) => ({
  inputs: {},
  beside: [
    {
      type: "aws:ec2/vpcEndpoint:VpcEndpoint",
      inputs: { serviceName: `com.amazonaws.us-east-1.${service}` },
    },
  ],
});

proveRules("endpoints of AWS services", endpointRules, {
  "vpc-endpoint-ecr-api": { passes: [endpoint("ecr.api")], fails: [{}, endpoint("ecr.dkr")] },
  "vpc-endpoint-ecr-dkr": { passes: [endpoint("ecr.dkr")], fails: [{}, endpoint("ecr.api")] },
  "vpc-endpoint-ec2": { passes: [endpoint("ec2")], fails: [{}, endpoint("s3")] },
  "vpc-endpoint-ssm": { passes: [endpoint("ssm")], fails: [{}, endpoint("ssmmessages")] },
});
