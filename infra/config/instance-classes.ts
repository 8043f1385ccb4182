import { nearest } from "./nearest.ts";

/**
 * What AWS offers, so that a slip of the pen is told at once and not by AWS half an hour into a deployment. A new generation
 * is added here when AWS has it in the environments' regions.
 */
const burstable = ["micro", "small", "medium", "large", "xlarge", "2xlarge"];
const standard = ["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge"];

const sized = (prefix: string, families: string, sizes: readonly string[]): string[] =>
  families.split(" ").flatMap((family) => sizes.map((size) => `${prefix}.${family}.${size}`));

/** Instance classes of RDS for MySQL 8.4: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Support.html */
export const databaseClasses: readonly string[] = [
  ...sized("db", "t3 t4g", burstable),
  ...sized("db", "m5 m5d m6g m6gd m6i m6id m7g m7i m8g r5 r5b r5d r6g r6gd r6i r6id r7g r7i r8g", standard),
];

/** Node types of ElastiCache: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html */
export const cacheNodeTypes: readonly string[] = [
  ...sized("cache", "t3 t4g", ["micro", "small", "medium"]),
  ...sized("cache", "m5 m6g m7g r5 r6g r7g", standard),
];

/** `db.t4g.mediun, which AWS does not offer for …; did you mean db.t4g.medium?`, and what to write instead. */
export function unknownClass(
  typed: string,
  known: readonly string[],
  forWhat: string,
): { is: string; to: string | undefined } | undefined {
  if (known.includes(typed)) return undefined;
  const near = nearest(typed, known);
  const proposal = near === undefined ? "" : `; did you mean ${near}?`;
  return { is: `${typed}, which AWS does not offer for ${forWhat}${proposal}`, to: near };
}
