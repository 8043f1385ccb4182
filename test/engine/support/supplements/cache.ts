import { succeeded, textOf, withBody } from "../calls.ts";
import type { Supplement } from "../proxy.ts";
import { replaceElements, textIn, withTold } from "../xml.ts";

/** Users of the cache: the emulator keeps them for user groups and tags, the stand-in makes them real. */
export const cacheUsers = (): Supplement => ({
  calls: /^elasticache (CreateUser|ModifyUser|DeleteUser|DescribeUsers)$/,
  answer: async (call, { emulator, standin }) => {
    if (call.action === "DescribeUsers") return standin(call);
    const answer = await standin(call);
    if (succeeded(answer) && call.action !== "ModifyUser") await emulator(call);
    return answer;
  },
});

/** What a replication group is made with and the emulator does not tell again. */
const untold = ["AutoMinorVersionUpgrade", "KmsKeyId"];

/** Replication groups: their addresses are those of the real server, and they are what they were made as. */
export function replicationGroups(server: { host: string; port: number }): Supplement {
  const told = new Map<string, URLSearchParams>();
  const address = `<Address>${server.host}</Address><Port>${server.port}</Port>`;

  const described = (group: string): string => {
    const form = told.get(textIn(group, "ReplicationGroupId") ?? "") ?? new URLSearchParams();
    let result = withTold(group, form, untold);
    for (const name of ["PrimaryEndpoint", "ReaderEndpoint"])
      result = replaceElements(result, name, () => address);
    return result;
  };

  /** A group's nodes follow minor versions as the group does, and the provider reads it there. */
  const node = (cluster: string): string => {
    const form = told.get(textIn(cluster, "ReplicationGroupId") ?? "");
    return form === undefined ? cluster : withTold(cluster, form, ["AutoMinorVersionUpgrade"]);
  };

  return {
    calls: /^elasticache (\w+ReplicationGroups?|DescribeCacheClusters)$/,
    answer: async (call, { emulator }) => {
      const answer = await emulator(call);
      if (!succeeded(answer)) return answer;
      if (call.action === "DescribeCacheClusters")
        return withBody(answer, replaceElements(textOf(answer), "CacheCluster", node));
      const id = call.form.get("ReplicationGroupId") ?? "";
      if (/^(Create|Modify)/.test(call.action))
        told.set(
          id,
          new URLSearchParams({
            ...Object.fromEntries(told.get(id) ?? []),
            ...Object.fromEntries(call.form),
          }),
        );
      return withBody(answer, replaceElements(textOf(answer), "ReplicationGroup", described));
    },
  };
}

/** Parameters of a group: asked for those that somebody set, the emulator tells all. */
export const cacheParameters = (): Supplement => ({
  calls: /^elasticache DescribeCacheParameters$/,
  answer: async (call, { emulator }) => {
    const answer = await emulator(call);
    const wanted = call.form.get("Source");
    if (wanted === null) return answer;
    const ofSource = (parameter: string) => (textIn(parameter, "Source") === wanted ? parameter : undefined);
    return withBody(answer, replaceElements(textOf(answer), "Parameter", ofSource));
  },
});
