import * as z from "zod";
import { type Answer, type Call, jsonOf, succeeded, withBody } from "../calls.ts";
import type { Supplement, Upstreams } from "../proxy.ts";

const asked = z.looseObject({
  addonName: z.string().optional(),
  podIdentityAssociations: z.array(z.object({ serviceAccount: z.string(), roleArn: z.string() })).optional(),
});
const answered = z.object({ addon: z.looseObject({ addonName: z.string() }) });
const associated = z.object({
  association: z.object({ associationArn: z.string(), associationId: z.string() }),
});

type Association = z.output<typeof associated>["association"];

/** Roles of EKS add-ons' pods: the emulator hands them back as they came, where EKS makes associations of them and names those. */
export function addOns(): Supplement {
  const byAddon = new Map<string, Association[]>();

  const withArns = (answer: Answer, cluster: string): Answer => {
    const { addon } = answered.parse(jsonOf(answer));
    const arns = (byAddon.get(`${cluster}/${addon.addonName}`) ?? []).map(
      ({ associationArn }) => associationArn,
    );
    return withBody(answer, JSON.stringify({ addon: { ...addon, podIdentityAssociations: arns } }));
  };

  return {
    calls: /^eks \w+ \/clusters\/[^/]+\/addons(\/|$)/,
    answer: async (call, { emulator }) => {
      const [method = "", path = ""] = call.action.split(" ");
      const [, , cluster = "", , named = ""] = path.split("/");
      const { podIdentityAssociations: wanted, ...rest } = method === "POST" ? asked.parse(jsonOf(call)) : {};
      const body = method === "POST" ? Buffer.from(JSON.stringify(rest)) : call.body;
      const answer = await emulator({ ...call, body });
      if (!succeeded(answer) || !/"addon"/.test(answer.body.toString())) return answer;
      const key = `${cluster}/${named || rest.addonName}`;
      const before = byAddon.get(key) ?? [];
      if (wanted !== undefined || method === "DELETE") {
        for (const { associationId } of before)
          await association("DELETE", cluster, `/${associationId}`, call, { emulator });
      }
      const made: Association[] = [];
      for (const one of wanted ?? []) {
        const inAddOn = { ...one, namespace: named || rest.addonName };
        const { body: told } = await association("POST", cluster, "", call, { emulator }, inAddOn);
        made.push(associated.parse(JSON.parse(told.toString())).association);
      }
      if (wanted !== undefined) byAddon.set(key, made);
      const result = withArns(answer, cluster);
      if (method === "DELETE") byAddon.delete(key);
      return result;
    },
  };
}

const association = (
  method: string,
  cluster: string,
  id: string,
  call: Call,
  { emulator }: Pick<Upstreams, "emulator">,
  content?: unknown,
): Promise<Answer> =>
  emulator({
    ...call,
    method,
    target: `/clusters/${cluster}/pod-identity-associations${id}`,
    body: Buffer.from(content === undefined ? "" : JSON.stringify(content)),
  });
