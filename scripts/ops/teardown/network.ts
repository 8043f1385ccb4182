import {
  DeleteNetworkInterfaceCommand,
  DeleteSecurityGroupCommand,
  type EC2Client,
  type NetworkInterface,
  paginateDescribeNetworkInterfaces,
  paginateDescribeSecurityGroups,
} from "@aws-sdk/client-ec2";
import { isError } from "./clients.ts";

/** A network interface. While it exists, its network cannot be deleted. */
export interface Holder {
  id: string;
  kind: "load balancer" | "node" | "Lambda function" | "other";
  /** What it says of itself: "ELB app/k8s-…", "AWS Lambda VPC ENI-…". */
  description: string;
  /** Left behind: unused, so it can be deleted. */
  available: boolean;
}

/** All network interfaces in a VPC; empty when the VPC is gone. */
export async function holdersOf(ec2: EC2Client, vpcId: string): Promise<Holder[]> {
  const holders: Holder[] = [];
  const pages = paginateDescribeNetworkInterfaces(
    { client: ec2 },
    { Filters: [{ Name: "vpc-id", Values: [vpcId] }] },
  );
  for await (const { NetworkInterfaces = [] } of pages) {
    for (const found of NetworkInterfaces) {
      holders.push({
        id: found.NetworkInterfaceId ?? "",
        kind: kindOf(found),
        description: found.Description ?? "",
        available: found.Status === "available",
      });
    }
  }
  return holders;
}

function kindOf({ Description = "", InterfaceType, Attachment }: NetworkInterface): Holder["kind"] {
  if (Description.startsWith("ELB ")) return "load balancer";
  if (InterfaceType === "lambda" || Description.startsWith("AWS Lambda VPC ENI")) return "Lambda function";
  // AWS's own services attach theirs to instances of AWS, which have no id that we would see.
  if (Attachment?.InstanceId !== undefined || Description.startsWith("aws-K8S-")) return "node";
  return "other";
}

/** Deletes the interfaces that their owners have left behind. Returns how many. */
export async function releaseAvailable(ec2: EC2Client, holders: readonly Holder[]): Promise<number> {
  let released = 0;
  for (const { id } of holders.filter(({ available }) => available)) {
    try {
      await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id }));
      released += 1;
    } catch (error) {
      // AWS deletes them too: a missing one is no failure. One that is in use again waits for the next look.
      if (!isError(error, "InvalidNetworkInterfaceID.NotFound", "InvalidParameterValue")) throw error;
    }
  }
  return released;
}

/**
 * Deletes the security groups that Auto Mode made for load balancers and forgot, as it does with those that were in use by
 * another group at the time ("Disable EKS Auto Mode", EKS user guide). Only for a cluster that is gone. Returns their names.
 */
export async function deleteForgottenGroups(
  ec2: EC2Client,
  vpcId: string,
  cluster: string,
): Promise<string[]> {
  const deleted: string[] = [];
  const pages = paginateDescribeSecurityGroups(
    { client: ec2 },
    {
      Filters: [
        { Name: "vpc-id", Values: [vpcId] },
        { Name: "tag:eks:eks-cluster-name", Values: [cluster] },
      ],
    },
  );
  for await (const { SecurityGroups = [] } of pages) {
    for (const { GroupId, GroupName } of SecurityGroups) {
      try {
        await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
        deleted.push(GroupName ?? GroupId ?? "");
      } catch (error) {
        if (!isError(error, "InvalidGroup.NotFound", "DependencyViolation")) throw error;
      }
    }
  }
  return deleted;
}

/** "2 of load balancers, 1 of a Lambda function": for a person who waits. */
export function describeHolders(holders: readonly Holder[]): string {
  const kinds = [...new Set(holders.map(({ kind }) => kind))];
  return kinds
    .map(
      (kind) =>
        `${holders.filter((holder) => holder.kind === kind).length} ${kind === "other" ? "others" : `of a ${kind}`}`,
    )
    .join(", ");
}
