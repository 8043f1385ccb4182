import * as z from "zod";
import { accountId, region } from "../account.ts";
import { type Answer, type Call, json, jsonError, jsonOf } from "../calls.ts";
import type { Supplement } from "../proxy.ts";

const tagsBody = z.object({ Tags: z.record(z.string(), z.string()).default({}) });
const planBody = tagsBody.extend({
  RestoreTestingPlan: z.looseObject({ RestoreTestingPlanName: z.string().optional() }),
});
const selectionBody = z.object({
  RestoreTestingSelection: z.looseObject({ RestoreTestingSelectionName: z.string().optional() }),
});

const untagBody = z.object({ TagKeyList: z.array(z.string()) });

interface RestoreTestingPlan {
  content: Record<string, unknown>;
  tags: Record<string, string>;
  selections: Map<string, Record<string, unknown>>;
}

/** Restore tests of AWS Backup, which the emulator does not have: plans with tags and their selections, kept as they are told. */
export function restoreTesting(): Supplement {
  const plans = new Map<string, RestoreTestingPlan>();
  const path = /^(\w+) \/restore-testing\/plans(?:\/([^/]+))?(?:\/selections(?:\/([^/]+))?)?$/;
  return {
    calls: /^backup \w+ \/(restore-testing\/plans|(un)?tags?\/arn:[^/]+:restore-testing-plan:)/,
    answer: async (call) => {
      if (!call.action.includes("/plans")) return answerTags(plans, call);
      const [, method = "", name, selection] = path.exec(call.action) ?? [];
      const inSelections = call.action.includes("/selections");
      if (name === undefined) return method === "PUT" ? makePlan(plans, call) : listPlans(plans);
      const plan = plans.get(name);
      if (plan === undefined) return missing(`restore testing plan ${name}`);
      return inSelections
        ? answerSelection(plan, name, selection, method, call)
        : answerPlan(plans, plan, name, method, call);
    },
  };
}

const now = () => Math.floor(Date.now() / 1000);
const arnOf = (name: string) => `arn:aws:backup:${region}:${accountId}:restore-testing-plan:${name}`;
const missing = (what: string): Answer => jsonError("ResourceNotFoundException", `There is no ${what}.`, 404);

const listPlans = (plans: Map<string, RestoreTestingPlan>): Answer =>
  json({ RestoreTestingPlans: [...plans.values()].map(({ content }) => content) });

function makePlan(plans: Map<string, RestoreTestingPlan>, call: Call): Answer {
  const { RestoreTestingPlan, Tags: tags } = planBody.parse(jsonOf(call));
  const name = z.string().parse(RestoreTestingPlan.RestoreTestingPlanName);
  const told = { RestoreTestingPlanArn: arnOf(name), RestoreTestingPlanName: name, CreationTime: now() };
  plans.set(name, { content: { ...RestoreTestingPlan, ...told }, tags, selections: new Map() });
  return json(told, 201);
}

/** `/tags/<arn>` (GET, POST) and `/untag/<arn>` of a plan. */
function answerTags(plans: Map<string, RestoreTestingPlan>, call: Call): Answer {
  const name = call.action.split(":").at(-1) ?? "";
  const plan = plans.get(name);
  if (plan === undefined) return missing(`restore testing plan ${name}`);
  if (call.method === "GET") return json({ Tags: plan.tags });
  if (call.action.includes("/untag/"))
    for (const key of untagBody.parse(jsonOf(call)).TagKeyList) delete plan.tags[key];
  else Object.assign(plan.tags, tagsBody.parse(jsonOf(call)).Tags);
  return json(undefined, 204);
}

function answerPlan(
  plans: Map<string, RestoreTestingPlan>,
  plan: RestoreTestingPlan,
  name: string,
  method: string,
  call: Call,
): Answer {
  if (method === "GET") return json({ RestoreTestingPlan: plan.content });
  if (method === "DELETE") {
    plans.delete(name);
    return json(undefined, 204);
  }
  const told = { RestoreTestingPlanArn: arnOf(name), RestoreTestingPlanName: name };
  plan.content = { ...plan.content, ...planBody.parse(jsonOf(call)).RestoreTestingPlan, ...told };
  return json({ ...told, CreationTime: plan.content.CreationTime, UpdateTime: now() });
}

function answerSelection(
  plan: RestoreTestingPlan,
  planName: string,
  asked: string | undefined,
  method: string,
  call: Call,
): Answer {
  const known = plan.selections.get(asked ?? "");
  if (method === "GET" && asked === undefined)
    return json({ RestoreTestingSelections: [...plan.selections.values()] });
  if (asked !== undefined && known === undefined) return missing(`restore testing selection ${asked}`);
  if (method === "GET") return json({ RestoreTestingSelection: known });
  if (method === "DELETE") {
    plan.selections.delete(asked ?? "");
    return json(undefined, 204);
  }
  const { RestoreTestingSelection: told } = selectionBody.parse(jsonOf(call));
  const name = asked ?? z.string().parse(told.RestoreTestingSelectionName);
  const names = {
    RestoreTestingPlanName: planName,
    RestoreTestingPlanArn: arnOf(planName),
    RestoreTestingSelectionName: name,
    CreationTime: known?.CreationTime ?? now(),
  };
  plan.selections.set(name, { ...known, ...told, ...names });
  return json(names, known === undefined ? 201 : 200);
}
