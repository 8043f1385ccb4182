import { Region } from "@pulumi/aws/types/enums/index.js";
import { nearest } from "./nearest.ts";

/** Regions that the AWS provider knows; a new one comes with an upgrade of @pulumi/aws. */
const regions: readonly string[] = Object.values(Region);

export const isRegion = (name: string): boolean => regions.includes(name);

/** What is wrong with a region's name, and the region that was meant; undefined if it is one. */
export function wrongRegion(name: string): { problem: string; value: string } | undefined {
  if (isRegion(name)) return undefined;
  const near = nearest(name, regions);
  const question = near === undefined ? "" : `; did you mean ${near}?`;
  return {
    problem: `"${name}", which is no AWS region that @pulumi/aws knows${question}`,
    value: near ?? "us-east-1",
  };
}
