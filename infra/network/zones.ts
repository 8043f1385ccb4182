import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** Zones that cannot hold an EKS control plane, by id: their letter differs from account to account. */
const zonesWithoutEks = ["use1-az3", "usw1-az2", "cac1-az3"];

/**
 * Names of the region's first `count` zones that can hold everything the stack is made of.
 * @throws RunError when the region has fewer.
 */
export function zoneNames(count: number, region: string, parent: pulumi.Resource): pulumi.Output<string[]> {
  const found = aws.getAvailabilityZonesOutput(
    {
      state: "available",
      filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
      excludeZoneIds: zonesWithoutEks,
    },
    { parent },
  );
  return found.names.apply((names) => {
    if (names.length >= count) return names.slice(0, count);
    throw new pulumi.RunError(
      `${region} has ${names.length} usable zones (${names.join(", ")}), the configuration asks for ${count}: ` +
        `lower bulwark:network.availabilityZones or choose another aws:region`,
    );
  });
}
