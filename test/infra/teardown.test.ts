import { describe, expect, it } from "vitest";
import type { PlannedResource } from "../../scripts/plan/monitor/index.ts";
import { at, type Plan, planOf } from "./support/plan.ts";
import { plansOfAll } from "./support/plans.ts";

const plan = plansOfAll();
const passing = ["staging", "sandbox"] as const;

/** Everything of a kind goes before everything of another: it is made after it. */
const goBefore = (of: Plan, later: readonly PlannedResource[], earlier: readonly PlannedResource[]) => {
  expect(later.length * earlier.length, "both kinds exist").toBeGreaterThan(0);
  const wrong = later.flatMap((one) =>
    earlier.filter((other) => !of.waitsFor(one, other)).map(({ name }) => [one.name, name]),
  );
  expect(wrong).toEqual([]);
};

describe.each(passing)("S14 in %s nothing refuses to go", (stack) => {
  it("with what is in it: images, access logs, backups, the database's last state", () => {
    const { inputs: database } = plan(stack).one("aws:rds/instance:Instance");
    expect(database).toMatchObject({
      deletionProtection: false,
      skipFinalSnapshot: true,
      deleteAutomatedBackups: true,
    });
    expect(plan(stack).one("aws:ecr/repository:Repository").inputs.forceDelete).toBe(true);
    const containers = [
      ...plan(stack).all("aws:s3/bucket:Bucket"),
      ...plan(stack).all("aws:backup/vault:Vault"),
    ];
    expect(containers.map(({ inputs }) => inputs.forceDestroy)).toEqual(containers.map(() => true));
    expect(plan(stack).one("aws:rds/optionGroup:OptionGroup").inputs.skipDestroy).toBe(false);
  });

  it("for protection: cluster, load balancer, backups, Pulumi's own", () => {
    expect(plan(stack).one("aws:eks/cluster:Cluster").inputs.deletionProtection).toBe(false);
    expect(at(plan(stack).object("IngressClassParams").inputs, "spec.loadBalancerAttributes")).toContainEqual(
      {
        key: "deletion_protection.enabled",
        value: "false",
      },
    );
    expect(plan(stack).all("aws:backup/vaultLockConfiguration:VaultLockConfiguration")).toEqual([]);
    const held = plan(stack).run.resources.filter(({ protect, retainOnDelete }) => protect || retainOnDelete);
    expect(held.map(({ name }) => name)).toEqual([]);
  });

  it("slowly: the names of its secrets are free at once", () => {
    for (const { name, inputs } of plan(stack).all("aws:secretsmanager/secret:Secret"))
      expect([name, inputs.recoveryWindowInDays]).toEqual([name, 0]);
  });
});

describe("S14 what production protects in Pulumi's state too, so that a destroy is refused before it begins", () => {
  it("is the database, the cluster, the way in and its name in DNS; each by the key that protects it in AWS", async () => {
    const held = plan("production").run.resources.filter(({ protect }) => protect);
    expect(held.map(({ type }) => type).sort()).toEqual([
      "aws:eks/cluster:Cluster",
      "aws:rds/instance:Instance",
      "aws:route53/record:Record",
      "kubernetes:networking.k8s.io/v1:Ingress",
    ]);
    const lifted = await planOf("production", {
      "bulwark:tier": "staging",
      "bulwark:database.deletionProtection": false,
      "bulwark:cluster.deletionProtection": false,
      "bulwark:edge.deletionProtection": false,
    });
    expect(lifted.run.resources.filter(({ protect }) => protect)).toEqual([]);
  });

  it("stands before all else that serves: without a preview, too, what these need stays", () => {
    const [ingress] = plan("production").all("kubernetes:networking.k8s.io/v1:Ingress");
    const [deployment] = plan("production").all("kubernetes:apps/v1:Deployment");
    if (!ingress || !deployment) throw new Error("no Ingress or Deployment");
    expect(plan("production").waitsFor(ingress, deployment)).toBe(true);
  });
});

describe("S14 the order in which an environment goes", () => {
  const staging = () => plan("staging");
  const kind = (name: string) => [staging().object(name)];

  it("the load balancer while its controller lives: Ingress, its class, the class's parameters, then the cluster", () => {
    goBefore(staging(), kind("Ingress"), kind("IngressClass"));
    goBefore(staging(), kind("IngressClass"), kind("IngressClassParams"));
    goBefore(staging(), kind("IngressClassParams"), staging().all("aws:eks/cluster:Cluster"));
    goBefore(staging(), kind("Ingress"), staging().all("aws:wafv2/webAcl:WebAcl"));
  });

  it("pods and add-ons before their nodes, nodes before what admits them", () => {
    const deployments = ["api", "worker"].map((name) => staging().object("Deployment", name));
    const pods = [...deployments, ...kind("Job"), ...staging().all("aws:eks/addon:Addon")];
    goBefore(staging(), pods, kind("NodePool"));
    goBefore(staging(), kind("NodePool"), kind("NodeClass"));
    goBefore(staging(), kind("NodeClass"), staging().all("aws:eks/accessEntry:AccessEntry", "nodes"));
  });

  it("everything in Kubernetes while somebody may still come in, and before the cluster", () => {
    const access = staging().all("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "access");
    goBefore(staging(), staging().objects(), [...access, ...staging().all("aws:eks/cluster:Cluster")]);
  });

  it("what belongs to the cluster before the cluster: entries, associations, add-ons", () => {
    const parts = staging().run.resources.filter(({ type }) => /^aws:eks\/(?!cluster:)/.test(type));
    goBefore(staging(), parts, staging().all("aws:eks/cluster:Cluster"));
  });

  it("what names the cluster's own security group before the cluster, or AWS leaves the group behind", () => {
    const rules = staging()
      .all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
      .filter(({ name }) => name.endsWith("-from-workload"));
    expect(rules).toHaveLength(2);
    goBefore(staging(), rules, staging().all("aws:eks/cluster:Cluster"));
  });

  it("the cluster before the rights it clears up with, and before its way out", () => {
    const cluster = staging().all("aws:eks/cluster:Cluster");
    goBefore(
      staging(),
      cluster,
      staging().all("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "control-plane"),
    );
    goBefore(staging(), cluster, staging().all("aws:ec2/natGateway:NatGateway"));
    goBefore(staging(), cluster, staging().all("aws:ec2/route:Route", "private"));
  });

  it("Lambda's network interfaces are parked in a group that stays until the network goes", () => {
    const functions = staging().all("aws:lambda/function:Function");
    const parking = staging().all("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup");
    for (const { name, inputs } of functions)
      expect([name, inputs.replaceSecurityGroupsOnDestroy]).toEqual([name, true]);
    goBefore(staging(), functions, parking);
  });

  it("whoever writes a log before its log group, which it would make anew", () => {
    const groups = (part: string) => staging().all("aws:cloudwatch/logGroup:LogGroup", part);
    goBefore(staging(), staging().all("aws:rds/instance:Instance"), groups("database-logs"));
    goBefore(staging(), staging().all("aws:eks/cluster:Cluster"), groups("cluster-logs"));
    goBefore(staging(), staging().all("aws:eks/addon:Addon", "staging-logs"), groups("staging-logs"));
    goBefore(staging(), staging().all("aws:elasticache/replicationGroup:ReplicationGroup"), [
      ...groups("staging-cache-slow-log"),
      ...groups("staging-cache-engine-log"),
    ]);
    goBefore(staging(), staging().all("aws:ec2/flowLog:FlowLog"), groups("network-flow"));
    for (const lambda of staging().all("aws:lambda/function:Function"))
      goBefore(staging(), [lambda], groups(lambda.name));
  });

  it("backups before the database, whose option group and subnets they would hold", () => {
    goBefore(staging(), staging().all("aws:backup/vault:Vault"), staging().all("aws:rds/instance:Instance"));
  });
});
