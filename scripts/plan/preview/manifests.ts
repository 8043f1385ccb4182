import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import * as z from "zod";
import type { PlannedResource, ProgramRun } from "../monitor/index.ts";

/** What a plan has in Kubernetes, in the order in which Pulumi makes it: each after what it waits for. */
export function manifestsIn({ resources }: Pick<ProgramRun, "resources">): Record<string, unknown>[] {
  const open = new Map<string, PlannedResource>(resources.map((resource) => [resource.urn, resource]));
  const ordered: Record<string, unknown>[] = [];
  const place = (urn: string): void => {
    const resource = open.get(urn);
    if (resource === undefined) return;
    open.delete(urn);
    for (const dependency of resource.dependencies) place(dependency);
    if (resource.type.startsWith("kubernetes:")) ordered.push(resource.inputs);
  };
  for (const { urn } of resources) place(urn);
  return ordered;
}

const named = z.object({ kind: z.string(), metadata: z.object({ name: z.string() }) });

/**
 * Writes them as YAML, a file each, for linters and for `kubectl apply --dry-run=server --filename <folder>`: the names of
 * the files are in that order. Returns how many.
 */
export function writeManifests(run: ProgramRun, folder: string): number {
  const manifests = manifestsIn(run);
  mkdirSync(folder, { recursive: true });
  for (const [index, manifest] of manifests.entries()) {
    const { kind, metadata } = named.parse(manifest);
    const number = String(index + 1).padStart(2, "0");
    writeFileSync(join(folder, `${number}-${kind.toLowerCase()}-${metadata.name}.yaml`), stringify(manifest));
  }
  return manifests.length;
}
