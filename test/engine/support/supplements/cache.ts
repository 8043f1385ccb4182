import { succeeded, textOf, withBody } from "../calls.ts";
import type { Supplement } from "../proxy.ts";
import { replaceElements } from "../xml.ts";

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

/** The cache's addresses are those of the real server. */
export const cacheAddress = (place: { host: string; port: number }): Supplement => ({
  calls: /^elasticache \w+ReplicationGroups?$/,
  answer: async (call, { emulator }) => {
    const answer = await emulator(call);
    const address = `<Address>${place.host}</Address><Port>${place.port}</Port>`;
    let text = textOf(answer);
    for (const name of ["PrimaryEndpoint", "ReaderEndpoint"])
      text = replaceElements(text, name, () => address);
    return succeeded(answer) ? withBody(answer, text) : answer;
  },
});
