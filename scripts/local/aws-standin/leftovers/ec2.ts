import * as z from "zod";
import { AwsError } from "../errors.ts";
import { operation } from "../operation.ts";
import type { Inventory, NetworkInterface, Tags } from "./inventory.ts";

/** EC2's lists on the wire are members with numbers for names. */
const list = <Item extends z.ZodType>(item: Item) =>
  z
    .record(z.string(), item)
    .default({})
    .transform((numbered) => Object.values(numbered));
const filters = list(z.object({ Name: z.string(), Value: list(z.string()) }));
type Filters = z.output<typeof filters>;
const page = { MaxResults: z.string().optional(), NextToken: z.string().optional() };

/** EC2: what holds on to a network, and what it goes on showing for an hour after its end. */
export const ec2 = (inventory: Inventory) => {
  const DescribeVpcs = operation(z.object({ Filter: filters, ...page }), ({ Filter }) => ({
    vpcSet: inventory.vpcs
      .filter(({ id, tags }) => passes(Filter, { "vpc-id": id, ...tagFields(tags) }))
      .map(({ id, tags }) => ({ vpcId: id, tagSet: tagSet(tags) })),
  }));

  const DescribeNetworkInterfaces = operation(z.object({ Filter: filters, ...page }), ({ Filter }) => ({
    networkInterfaceSet: inventory.networkInterfaces
      .filter(({ vpcId }) => passes(Filter, { "vpc-id": vpcId }))
      .map(describeInterface),
  }));

  const DeleteNetworkInterface = operation(z.object({ NetworkInterfaceId: z.string() }), (input) => {
    const id = input.NetworkInterfaceId;
    const found = inventory.networkInterfaces.find((one) => one.id === id);
    if (!found) throw notFound("InvalidNetworkInterfaceID.NotFound", `networkInterface ID '${id}'`);
    if (found.usedBy) {
      throw new AwsError("InvalidParameterValue", `Network interface '${id}' is currently in use.`);
    }
    inventory.networkInterfaces = inventory.networkInterfaces.filter((one) => one !== found);
    return { return: true };
  });

  const DescribeSecurityGroups = operation(z.object({ Filter: filters, ...page }), ({ Filter }) => ({
    securityGroupInfo: inventory.securityGroups
      .filter(({ vpcId, tags }) => passes(Filter, { "vpc-id": vpcId, ...tagFields(tags) }))
      .map(({ id, name, vpcId, tags }) => ({ groupId: id, groupName: name, vpcId, tagSet: tagSet(tags) })),
  }));

  const DeleteSecurityGroup = operation(z.object({ GroupId: z.string() }), ({ GroupId }) => {
    const found = inventory.securityGroups.find(({ id }) => id === GroupId);
    if (!found) throw notFound("InvalidGroup.NotFound", `security group '${GroupId}'`);
    if (inventory.networkInterfaces.some(({ groupIds }) => groupIds?.includes(GroupId))) {
      throw new AwsError("DependencyViolation", `resource ${GroupId} has a dependent object`);
    }
    inventory.securityGroups = inventory.securityGroups.filter((one) => one !== found);
    return { return: true, groupId: GroupId };
  });

  const DescribeInstances = operation(z.object({ InstanceId: list(z.string()), ...page }), (input) => {
    const found = wanted(inventory.instances, input.InstanceId, "InvalidInstanceID.NotFound", "instance ID");
    const instancesSet = found.map(({ id, state }) => ({ instanceId: id, instanceState: { name: state } }));
    return { reservationSet: [{ instancesSet }] };
  });

  const DescribeNatGateways = operation(z.object({ NatGatewayId: list(z.string()), ...page }), (input) => {
    const found = wanted(inventory.natGateways, input.NatGatewayId, "NatGatewayNotFound", "NAT gateway");
    return { natGatewaySet: found.map(({ id, state }) => ({ natGatewayId: id, state })) };
  });

  return {
    DescribeVpcs,
    DescribeNetworkInterfaces,
    DeleteNetworkInterface,
    DescribeSecurityGroups,
    DeleteSecurityGroup,
    DescribeInstances,
    DescribeNatGateways,
  };
};

const describeInterface = ({
  id,
  vpcId,
  description,
  usedBy,
  interfaceType,
  groupIds = [],
}: NetworkInterface) => ({
  networkInterfaceId: id,
  vpcId,
  description,
  status: usedBy ? "in-use" : "available",
  interfaceType: interfaceType ?? "interface",
  attachment: usedBy && { status: "attached", instanceId: usedBy.instanceId },
  groupSet: groupIds.map((groupId) => ({ groupId })),
});

/** A thing must match all filters, and one value of each. */
const passes = (given: Filters, fields: Readonly<Record<string, string>>): boolean =>
  given.every(({ Name, Value }) => Value.includes(fields[Name] ?? ""));

const tagFields = (tags: Tags) =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`tag:${key}`, value]));
const tagSet = (tags: Tags) => Object.entries(tags).map(([key, value]) => ({ key, value }));

/** The things with these ids; a missing one fails the whole call. */
function wanted<T extends { id: string }>(
  all: readonly T[],
  ids: readonly string[],
  code: string,
  what: string,
): T[] {
  return ids.map((id) => {
    const found = all.find((one) => one.id === id);
    if (!found) throw notFound(code, `${what} '${id}'`);
    return found;
  });
}

const notFound = (code: string, what: string): AwsError => new AwsError(code, `The ${what} does not exist`);
