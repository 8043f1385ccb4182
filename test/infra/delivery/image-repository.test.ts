import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { releasePrefix } from "../../../infra/delivery/image-repository.ts";
import { environments } from "../support/configuration.ts";
import { planning, planOf } from "../support/plan.ts";

const selection = z.discriminatedUnion("tagStatus", [
  z.object({
    tagStatus: z.literal("tagged"),
    tagPatternList: z.array(z.string()),
    countType: z.literal("imageCountMoreThan"),
    countNumber: z.number(),
  }),
  z.object({
    tagStatus: z.literal("untagged"),
    countType: z.literal("sinceImagePushed"),
    countUnit: z.literal("days"),
    countNumber: z.number(),
  }),
  z.object({
    tagStatus: z.literal("any"),
    countType: z.literal("imageCountMoreThan"),
    countNumber: z.number(),
  }),
]);
const policySchema = z.object({ rules: z.array(z.object({ rulePriority: z.number(), selection })) });
type Selection = z.output<typeof selection>;

interface Image {
  tags: string[];
  /** Days since it was pushed. */
  age: number;
}

const isSelected = (rule: Selection, { tags }: Image): boolean => {
  if (rule.tagStatus === "any") return true;
  if (rule.tagStatus === "untagged") return tags.length === 0;
  // Several patterns: each has to match a tag of the image.
  return rule.tagPatternList.every((pattern) => {
    const matches = new RegExp(`^${pattern.replaceAll("*", ".*")}$`);
    return tags.some((tag) => matches.test(tag));
  });
};

/**
 * What ECR expires: every rule is evaluated over all images, and an image that a rule's tags select is left alone by rules
 * after it. https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 */
function expired(policy: unknown, images: readonly Image[]): Set<Image> {
  const gone = new Set<Image>();
  const taken = new Set<Image>();
  const { rules } = policySchema.parse(JSON.parse(String(policy)));
  for (const { selection: rule } of rules.toSorted((a, b) => a.rulePriority - b.rulePriority)) {
    const selected = images.filter((image) => isSelected(rule, image)).toSorted((a, b) => a.age - b.age);
    const old = selected.filter((image, index) =>
      rule.countType === "sinceImagePushed" ? image.age > rule.countNumber : index >= rule.countNumber,
    );
    for (const image of old) if (!taken.has(image)) gone.add(image);
    for (const image of selected) taken.add(image);
  }
  return gone;
}

beforeAll(async () => {
  for (const stack of environments) await planOf(stack);
}, planning);

describe.each(environments)("S9 the images of %s", (stack) => {
  const policy = async () =>
    (await planOf(stack)).one("aws:ecr/lifecyclePolicy:LifecyclePolicy").inputs.policy;

  it("S9 are never expired while they run or are a rollback away, however many builds come after them", async () => {
    const releases = Array.from({ length: 300 }, (_, index) => ({
      tags: [`release-${index}`],
      age: 1000 + index,
    }));
    const promoted = { tags: ["pr-17", "release-2.0.0"], age: 2_000 };
    const builds = Array.from({ length: 600 }, (_, index) => ({ tags: [`pr-${index}`], age: index }));
    const gone = expired(await policy(), [...builds, ...releases, promoted]);
    expect([promoted, ...releases].filter((image) => gone.has(image))).toEqual([]);
    expect(gone.size).toBe(550);
  });

  it("S9 are removed when they are left-overs of builds", async () => {
    const fresh = { tags: [], age: 3 };
    const old = { tags: [], age: 15 };
    const gone = expired(await policy(), [fresh, old]);
    expect([gone.has(fresh), gone.has(old)]).toEqual([false, true]);
  });
});

describe("S9 README", () => {
  it("S9 pushes what is deployed under a tag that stays", () => {
    const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
    const tags = [...readme.matchAll(/\$repository:([\w.-]+)"/g)].map(([, tag]) => tag);
    expect(tags.length).toBeGreaterThan(0);
    expect(tags.filter((tag) => !tag?.startsWith(releasePrefix))).toEqual([]);
  });
});
