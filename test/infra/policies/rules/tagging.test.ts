import { taggingRules } from "../../../../infra/policies/rules/tagging.ts";
import { proveRules } from "./support.ts";

const tags = { "bulwark:environment": "test", "bulwark:managed-by": "pulumi" };
const list = (given: Record<string, string>) => ({
  spec: { tags: Object.entries(given).map(([key, value]) => ({ key, value })) },
});

proveRules("tags", taggingRules, {
  tagged: {
    passes: [
      { type: "aws:ec2/vpc:Vpc", inputs: { tags } },
      { type: "aws:ec2/route:Route", inputs: {} },
    ],
    fails: [
      { type: "aws:ec2/vpc:Vpc", inputs: {} },
      { type: "aws:ec2/vpc:Vpc", inputs: { tags: { "bulwark:environment": "test" } } },
    ],
  },
  "load-balancer-tagged": { passes: [list(tags)], fails: [list({}), { spec: {} }] },
});
