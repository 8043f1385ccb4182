import { beforeAll, describe, expect, it } from "vitest";
import { isAtLeast } from "../../../infra/cluster/addon.ts";
import { answerCall } from "../../../scripts/plan/monitor/data-sources.ts";
import { runProgram } from "../../../scripts/plan/monitor/index.ts";
import { withoutTraces } from "../../support/without-traces.ts";
import { at, planning, planOf, statementsOf } from "../support/plan.ts";

const clusterType = "aws:eks/cluster:Cluster";
const logGroupType = "aws:cloudwatch/logGroup:LogGroup";

const admin = "arn:aws:iam::111122223333:role/team/admin";
/** Everything that the configuration can say differently, at once. */
const variant = {
  "bulwark:cluster.publicAccessCidrs": [],
  "bulwark:cluster.adminRoleArns": [admin],
  "bulwark:cluster.deployRoleArn": admin,
  "kubernetes:kubeconfig": "apiVersion: v1\nkind: Config\n",
};
const upgraded = { "bulwark:cluster.version": "1.37" };

beforeAll(
  () =>
    Promise.all([
      planOf("production"),
      planOf("staging"),
      planOf("staging", variant),
      planOf("staging", upgraded),
    ]),
  planning,
);

describe.each(["staging", "production"])("S8 the cluster of %s", (stack) => {
  it("S8 has Auto Mode whole: compute, load balancing and storage, and no self-managed add-ons", async () => {
    const { inputs } = (await planOf(stack)).one(clusterType);
    expect(inputs).toMatchObject({
      bootstrapSelfManagedAddons: false,
      computeConfig: { enabled: true },
      kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: true } },
      storageConfig: { blockStorage: { enabled: true } },
    });
  });

  it("S8 lets in by access entries alone, and not even its maker without one", async () => {
    const { inputs } = (await planOf(stack)).one(clusterType);
    expect(inputs.accessConfig).toEqual({
      authenticationMode: "API",
      bootstrapClusterCreatorAdminPermissions: false,
    });
  });

  it("S8 logs everything, into an encrypted group with an end that is there before it", async () => {
    const plan = await planOf(stack);
    const cluster = plan.one(clusterType);
    expect(cluster.inputs.enabledClusterLogTypes).toEqual(
      expect.arrayContaining(["api", "audit", "authenticator", "controllerManager", "scheduler"]),
    );
    const group = plan
      .all(logGroupType)
      .find(({ inputs }) => inputs.name === `/aws/eks/${cluster.inputs.name}/cluster`);
    if (group === undefined) throw new Error("no log group for the control plane");
    expect(group.inputs.retentionInDays).toBeGreaterThan(0);
    expect(group.inputs.kmsKeyId).toMatch(/^arn:aws:kms:/);
    expect(plan.waitsFor(cluster, group)).toBe(true);
  });

  it("S8 encrypts Kubernetes secrets with the stack's key and stands in private subnets only", async () => {
    const plan = await planOf(stack);
    const { inputs } = plan.one(clusterType);
    expect(at(inputs, "encryptionConfig.resources")).toEqual(["secrets"]);
    expect(at(inputs, "encryptionConfig.provider.keyArn")).toMatch(/^arn:aws:kms:/);
    const cluster = plan.one(clusterType);
    const subnets = plan.all("aws:ec2/subnet:Subnet");
    const reached = subnets.filter((subnet) => cluster.dependencies.includes(subnet.urn));
    expect(reached.length).toBeGreaterThanOrEqual(2);
    expect(reached.every(({ name }) => name.includes("-private-"))).toBe(true);
  });
});

describe("S8 the nodes", () => {
  const pool = "kubernetes:karpenter.sh/v1:NodePool";
  const admission = "aws:eks/accessEntry:AccessEntry";

  it("S8 are those of the built-in pools where nothing else is said", async () => {
    const plan = await planOf("production");
    const { inputs } = plan.one(clusterType);
    expect(at(inputs, "computeConfig.nodePools")).toEqual(["general-purpose", "system"]);
    expect(at(inputs, "computeConfig.nodeRoleArn")).toMatch(/^arn:aws:iam::\d+:role\//);
    expect(plan.all(pool)).toEqual([]);
  });

  it("S8 S13 are a fixed number of small machines where the configuration says so, and no others", async () => {
    const plan = await planOf("staging");
    expect(plan.one(clusterType).inputs.computeConfig).toEqual({ enabled: true, nodePools: [] });
    const spec = plan.one(pool).inputs.spec;
    expect(spec).toMatchObject({ replicas: 1, limits: { nodes: "2" } });
    expect(at(spec, "template.spec.requirements")).toEqual([
      { key: "node.kubernetes.io/instance-type", operator: "In", values: ["t3a.medium"] },
      { key: "karpenter.sh/capacity-type", operator: "In", values: ["on-demand"] },
    ]);
  });

  it("S8 of its own stand in private subnets and the cluster's group, tagged, and enforce network policies", async () => {
    const plan = await planOf("staging");
    const nodeClass = plan.object("NodeClass");
    const subnets = plan.all("aws:ec2/subnet:Subnet").filter(({ name }) => name.includes("-private-"));
    for (const subnet of subnets) expect(plan.waitsFor(nodeClass, subnet)).toBe(true);
    const spec = nodeClass.inputs.spec;
    expect(at(spec, "subnetSelectorTerms")).toHaveLength(subnets.length);
    expect(at(spec, "securityGroupSelectorTerms.0.id")).toMatch(/^sg-/);
    expect(at(spec, "networkPolicy")).toBe("DefaultAllow");
    expect(at(spec, "tags")).toMatchObject({ "bulwark:environment": "staging" });
  });

  it("S8 of its own are admitted before the first is started, and there before anything that runs on them", async () => {
    const plan = await planOf("staging");
    const nodes = plan.one(pool);
    const entry = plan.one(admission, "cluster-nodes");
    expect(entry.inputs.type).toBe("EC2");
    const policy = plan.one("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "cluster-nodes");
    expect(policy.inputs.policyArn).toMatch(/\/AmazonEKSAutoNodePolicy$/);
    expect(plan.waitsFor(nodes, policy)).toBe(true);
    for (const later of [
      ...plan.all("aws:eks/addon:Addon"),
      plan.object("Deployment", "api"),
      plan.object("Job"),
    ])
      expect(plan.waitsFor(later, nodes), later.name).toBe(true);
  });
});

describe("S8 what the configuration decides", () => {
  it("S8 reaches the API from the named addresses only, and privately always", async () => {
    expect((await planOf("production")).one(clusterType).inputs.vpcConfig).toMatchObject({
      endpointPrivateAccess: true,
      endpointPublicAccess: true,
      publicAccessCidrs: ["203.0.113.0/24"],
    });
  });

  it("S8 has no public endpoint when no address is named", async () => {
    const { inputs } = (await planOf("staging", variant)).one(clusterType);
    expect(inputs.vpcConfig).toMatchObject({ endpointPrivateAccess: true, endpointPublicAccess: false });
    expect(at(inputs, "vpcConfig.publicAccessCidrs")).toBeUndefined();
  });

  it("S8 upgrades by one value", async () => {
    const [now, then] = await Promise.all([planOf("staging"), planOf("staging", upgraded)]);
    const changed = then.run.resources.filter(
      ({ urn, inputs }) =>
        JSON.stringify(inputs) !==
        JSON.stringify(now.run.resources.find((resource) => resource.urn === urn)?.inputs),
    );
    const addon = "aws:eks/addon:Addon";
    expect(changed.map(({ type }) => type)).toEqual([clusterType, addon, addon]);
    expect(changed[0]?.inputs.version).toBe("1.37");
    // EKS leaves them as they are, and each may want the cluster's new version.
    for (const addOn of then.all(addon))
      expect(then.waitsFor(addOn, then.one(clusterType)), addOn.name).toBe(true);
  });

  it("S8 protects production from deletion and shifts it out of a failing zone", async () => {
    expect((await planOf("production")).one(clusterType).inputs).toMatchObject({
      deletionProtection: true,
      zonalShiftConfig: { enabled: true },
      upgradePolicy: { supportType: "STANDARD" },
    });
    expect((await planOf("staging")).one(clusterType).inputs.deletionProtection).toBe(false);
  });

  it("S8 admits administrators and the deploy role, each once", async () => {
    const plan = await planOf("staging", variant);
    const people = "cluster-access";
    expect(
      plan.all("aws:eks/accessEntry:AccessEntry", people).map(({ inputs }) => inputs.principalArn),
    ).toEqual([admin]);
    const both = await planOf("staging");
    expect(both.all("aws:eks/accessEntry:AccessEntry", people)).toHaveLength(2);
    for (const { inputs } of both.all("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", people))
      expect(inputs).toMatchObject({
        policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
        accessScope: { type: "cluster" },
      });
  });
});

describe("S8 the roles of cluster and nodes", () => {
  const attached = async (part: string) =>
    (await planOf("production"))
      .all("aws:iam/rolePolicyAttachment:RolePolicyAttachment", part)
      .map(({ inputs }) => String(inputs.policyArn).split("/").at(-1))
      .sort();

  it("S8 gives the control plane what Auto Mode asks for, before there is a cluster", async () => {
    expect(await attached("cluster-control-plane")).toEqual([
      "AmazonEKSBlockStoragePolicy",
      "AmazonEKSClusterPolicy",
      "AmazonEKSComputePolicy",
      "AmazonEKSLoadBalancingPolicy",
      "AmazonEKSNetworkingPolicy",
    ]);
    const plan = await planOf("production");
    const cluster = plan.one(clusterType);
    for (const attachment of plan.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "cluster-"))
      if (!attachment.name.includes("logs")) expect(plan.waitsFor(cluster, attachment)).toBe(true);
    const [trust] = statementsOf(plan.one("aws:iam/role:Role", "control-plane").inputs.assumeRolePolicy);
    expect(trust?.Action).toEqual(["sts:AssumeRole", "sts:TagSession"]);
  });

  it("S8 lets nodes join and pull images, no more", async () => {
    expect(await attached("cluster-node")).toEqual([
      "AmazonEC2ContainerRegistryPullOnly",
      "AmazonEKSWorkerNodeMinimalPolicy",
    ]);
  });
});

describe("S8 the way into the cluster", () => {
  const providerType = "pulumi:providers:kubernetes";

  it("S8 is told apart by the cluster's ARN, so that an unknown kubeconfig replaces nothing", async () => {
    const { inputs } = (await planOf("production")).one(providerType);
    expect(inputs.clusterIdentifier).toMatch(/^arn:aws:eks:us-east-1:\d+:cluster\/bulwark-production-/);
  });

  it("S8 holds no credential: a token is fetched when it is needed", async () => {
    const { inputs } = (await planOf("production")).one(providerType);
    const kubeconfig = JSON.parse(String(inputs.kubeconfig));
    expect(kubeconfig.users).toEqual([
      { name: "iam", user: { exec: expect.objectContaining({ command: "aws" }) } },
    ]);
    expect(at(kubeconfig, "users.0.user.exec.args")).toContain("bulwark-production-cluster");
  });

  it("S8 opens only after the access entries", async () => {
    const plan = await planOf("production");
    for (const association of plan.all("aws:eks/accessPolicyAssociation:AccessPolicyAssociation"))
      expect(plan.waitsFor(plan.one(providerType), association)).toBe(true);
  });

  it("S8 is an existing cluster's kubeconfig where one is configured, kept as the secret it may be", async () => {
    const built = (await planOf("production")).one(providerType).inputs.kubeconfig;
    expect(built).toContain("get-token");
    const plan = await planOf("staging", variant);
    expect(plan.one(providerType).inputs.kubeconfig).toBe("[secret]");
  });

  it("S8 is used for every Kubernetes object", async () => {
    const plan = await planOf("production");
    const provider = plan.one(providerType);
    expect(plan.objects().length).toBeGreaterThan(10);
    for (const object of plan.objects()) expect(object.provider).toContain(provider.urn);
  });
});

describe("S8 what a cluster needs besides", () => {
  it("S8 enforces network policies before there is one", async () => {
    const plan = await planOf("production");
    const enforcement = plan.object("ConfigMap", "amazon-vpc-cni");
    expect(enforcement.inputs).toMatchObject({
      metadata: { namespace: "kube-system" },
      data: { "enable-network-policy-controller": "true" },
    });
    for (const policy of plan.all("kubernetes:networking.k8s.io/v1:NetworkPolicy"))
      expect(plan.waitsFor(policy, enforcement)).toBe(true);
  });

  it("S8 takes add-ons in the version that AWS holds for the cluster's Kubernetes", async () => {
    const addons = (await planOf("staging")).all("aws:eks/addon:Addon");
    expect(addons.map(({ inputs }) => [inputs.addonName, inputs.addonVersion])).toEqual([
      ["metrics-server", "v0.36.0-eksbuild.1"],
      ["amazon-cloudwatch-observability", "v6.36.0-eksbuild.1"],
    ]);
  });

  it("S8 takes the newest version where the default is too old for the configuration, and says so where that is too", async () => {
    const offering = (standard: string, newest: string) =>
      withoutTraces(() =>
        runProgram({
          stack: "staging",
          preview: true,
          call: (request) =>
            request.token.startsWith("aws:eks/getAddonVersion:")
              ? { ...request.inputs, version: request.inputs.mostRecent === true ? newest : standard }
              : answerCall(request),
        }),
      );
    const { resources } = await offering("v6.1.9-eksbuild.3", "v6.2.0-eksbuild.1");
    const versions = resources
      .filter(({ type }) => type === "aws:eks/addon:Addon")
      .map(({ inputs }) => inputs.addonVersion);
    expect(versions).toEqual(["v6.1.9-eksbuild.3", "v6.2.0-eksbuild.1"]);
    await expect(offering("v4.0.0-eksbuild.1", "v6.1.9-eksbuild.3")).rejects.toThrow(
      "EKS offers amazon-cloudwatch-observability for Kubernetes 1.36 up to v6.1.9-eksbuild.3, and the stack's configuration " +
        "of it needs 6.2.0: choose a newer bulwark:cluster.version",
    );
  });

  it.each([
    ["v6.2.0-eksbuild.1", true],
    ["v6.10.0-eksbuild.1", true],
    ["v7.0.1-eksbuild.2", true],
    ["v6.1.9-eksbuild.9", false],
    ["v5.9.0-eksbuild.1", false],
  ])("S8 %s is 6.2.0 or newer: %s", (version, expected) => {
    expect(isAtLeast(version, "6.2.0")).toBe(expected);
  });

  it("S8 measures CPU use, which autoscaling relies on", async () => {
    const addons = (await planOf("production")).all("aws:eks/addon:Addon");
    expect(addons.map(({ inputs }) => inputs.addonName)).toContain("metrics-server");
  });
});
