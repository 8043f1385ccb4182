import type * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "../lib/account.ts";
import { policyDocument } from "../lib/iam.ts";

// An IAM policy variable, filled in by IAM.
// biome-ignore lint/suspicious/noTemplateCurlyInString: the braces are for IAM
const ownCluster = { "aws:RequestTag/eks:eks-cluster-name": "${aws:PrincipalTag/eks:eks-cluster-name}" };

/**
 * AWS's own policies let Auto Mode put only its own tags on what it makes. This lets it add the environment's, for what
 * belongs to this very cluster, so that the cost report and the teardown find load balancers, nodes and volumes.
 * Source: "Custom AWS tags for EKS Auto resources" in the Amazon EKS user guide.
 */
export function autoModeTagging({ partition }: Account): pulumi.Output<string> {
  const statement = (
    Sid: string,
    Action: string[],
    like: Record<string, string> = {},
    Resource: aws.iam.PolicyStatement["Resource"] = "*",
  ): aws.iam.PolicyStatement => ({
    Sid,
    Effect: "Allow",
    Action,
    Resource,
    Condition: {
      StringEquals: ownCluster,
      ...(Object.keys(like).length > 0 ? { StringLike: like } : {}),
    },
  });
  return policyDocument(
    statement("Compute", ["ec2:CreateFleet", "ec2:RunInstances", "ec2:CreateLaunchTemplate"], {
      "aws:RequestTag/eks:kubernetes-node-class-name": "*",
      "aws:RequestTag/eks:kubernetes-node-pool-name": "*",
    }),
    statement("Storage", ["ec2:CreateVolume", "ec2:CreateSnapshot"], {}, [
      pulumi.interpolate`arn:${partition}:ec2:*:*:volume/*`,
      pulumi.interpolate`arn:${partition}:ec2:*:*:snapshot/*`,
    ]),
    statement("Networking", ["ec2:CreateNetworkInterface"], {
      "aws:RequestTag/eks:kubernetes-cni-node-name": "*",
    }),
    statement("LoadBalancer", [
      "elasticloadbalancing:CreateLoadBalancer",
      "elasticloadbalancing:CreateTargetGroup",
      "elasticloadbalancing:CreateListener",
      "elasticloadbalancing:CreateRule",
      "ec2:CreateSecurityGroup",
    ]),
  );
}
