import * as z from "zod";
import { operation } from "../operation.ts";
import type { Inventory, Tags } from "./inventory.ts";

const usualPage = 50;

/** Resource Groups Tagging API: what carries a tag, with the memory of what has lately been deleted that AWS's has. */
export const tagging = (inventory: Inventory) => ({
  GetResources: operation(
    z.object({
      TagFilters: z.array(z.object({ Key: z.string(), Values: z.array(z.string()).default([]) })).default([]),
      ResourcesPerPage: z.number().int().min(1).max(100).default(usualPage),
      PaginationToken: z.string().default(""),
    }),
    ({ TagFilters, ResourcesPerPage, PaginationToken }) => {
      const start = Number(PaginationToken);
      const found = inventory.tagged
        .filter(({ listings }) => listings === undefined || listings > 0)
        .filter(({ tags }) => TagFilters.every(({ Key, Values }) => fits(tags[Key], Values)));
      const shown = found.slice(start, start + ResourcesPerPage);
      const rest = start + shown.length < found.length;
      // A whole list has been seen with its last page.
      if (!rest) {
        for (const one of inventory.tagged) if (one.listings !== undefined) one.listings -= 1;
      }
      return {
        PaginationToken: rest ? String(start + shown.length) : "",
        ResourceTagMappingList: shown.map(({ arn, tags }) => ({ ResourceARN: arn, Tags: tagList(tags) })),
      };
    },
  ),
});

const fits = (value: string | undefined, wanted: readonly string[]): boolean =>
  value !== undefined && (wanted.length === 0 || wanted.includes(value));
const tagList = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
