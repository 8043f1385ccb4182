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
export function replicationGroups(place: { host: string; port: number }): Supplement {
  const told = new Map<string, URLSearchParams>();
  const address = `<Address>${place.host}</Address><Port>${place.port}</Port>`;

  const described = (group: string): string => {
    const form = told.get(textIn(group, "ReplicationGroupId") ?? "") ?? new URLSearchParams();
    let result = withTold(group, form, untold);
    for (const name of ["PrimaryEndpoint", "ReaderEndpoint"])
      result = replaceElements(result, name, () => address);
    return result;
  };

  return {
    calls: /^elasticache \w+ReplicationGroups?$/,
    answer: async (call, { emulator }) => {
      const answer = await emulator(call);
      if (!succeeded(answer)) return answer;
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
