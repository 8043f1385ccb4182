import type { WrongSetting } from "./errors.ts";
import { nearest } from "./nearest.ts";

/**
 * What AWS offers, so that the check reports a typing error at once, instead of AWS half an hour into a deployment. Add a new
 * generation when AWS has it in the environments' regions.
 */
const burstable = ["micro", "small", "medium", "large", "xlarge", "2xlarge"];
const standard = ["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge"];

const sized = (prefix: string, families: string, sizes: readonly string[]): string[] =>
  families.split(" ").flatMap((family) => sizes.map((size) => `${prefix}.${family}.${size}`));

/** Classes on which RDS for MySQL offers no Performance Insights. */
const withoutInsights = sized("db", "t3 t4g", ["micro", "small"]);

/** Instance classes of RDS for MySQL 8.4: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Support.html */
const databaseClasses = [
  ...sized("db", "t3 t4g", burstable),
  ...sized("db", "m5 m5d m6g m6gd m6i m6id m7g m7i m8g r5 r5b r5d r6g r6gd r6i r6id r7g r7i r8g", standard),
].filter((known) => !withoutInsights.includes(known));

/** Node types of ElastiCache: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html */
const cacheNodeTypes = [
  ...sized("cache", "t3 t4g", ["micro", "small", "medium"]),
  ...sized("cache", "m5 m6g m7g r5 r6g r7g", standard),
];

type Wrong = Omit<WrongSetting, "path">;

/** What is wrong with a database class, if anything. */
export function wrongDatabaseClass(typed: string): Wrong | undefined {
  const standard = "db.t4g.medium";
  if (!withoutInsights.includes(typed)) return unknown(typed, databaseClasses, "MySQL 8.4", standard);
  const problem = `${typed}, too small for Database Insights: RDS refuses the two together`;
  return { problem, value: standard };
}

/** What is wrong with a cache node type, if anything. */
export const wrongNodeType = (typed: string): Wrong | undefined =>
  unknown(typed, cacheNodeTypes, "ElastiCache", "cache.t4g.small");

/** `db.t4g.mediun, which AWS does not offer for …; did you mean db.t4g.medium?`; with no similar class it proposes `standard`. */
function unknown(typed: string, known: readonly string[], of: string, standard: string): Wrong | undefined {
  if (known.includes(typed)) return undefined;
  const near = nearest(typed, known);
  const question = near === undefined ? "" : `; did you mean ${near}?`;
  return { problem: `${typed}, which AWS does not offer for ${of}${question}`, value: near ?? standard };
}
