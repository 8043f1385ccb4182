import {
  paginateGetResources,
  type ResourceGroupsTaggingAPIClient,
} from "@aws-sdk/client-resource-groups-tagging-api";

/** ARNs of everything that carries the environment's tag, in the client's region. */
export async function taggedResources(
  client: ResourceGroupsTaggingAPIClient,
  environment: string,
): Promise<string[]> {
  const arns: string[] = [];
  const pages = paginateGetResources(
    { client },
    { TagFilters: [{ Key: "bulwark:environment", Values: [environment] }] },
  );
  for await (const { ResourceTagMappingList = [] } of pages) {
    arns.push(...ResourceTagMappingList.map(({ ResourceARN }) => ResourceARN ?? ""));
  }
  return arns;
}
